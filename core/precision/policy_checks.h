#pragma once

#include "core/precision/policy.h"

#include <string>

namespace halfwave {

/// True if every stage of every layer is in fp64.
bool is_fp64(const Policy& policy);

/// Why fp64 cannot be where it is, as a sentence; empty when it can. It changes the type of every tensor, so
/// it is everywhere or nowhere.
std::string fp64_problem(const Policy& policy);

/// Why a table cannot be used for an operator of `blocks` blocks, as a sentence without a full stop: another
/// number of layers, a format that a stage cannot take, fp64 in a part of it. Empty when it can.
std::string policy_problem(const Policy& policy, int blocks);

}  // namespace halfwave
