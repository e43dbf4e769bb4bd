#pragma once

#include "core/operators/operator.h"

#include <memory>

namespace halfwave {

/// Builds the operator a spec describes for data of these channels, with weights drawn from `seed`
/// (distributions as in neuraloperator). The policy is `full` until set.
std::unique_ptr<Operator> build_operator(const OperatorSpec& spec, int in_channels, int out_channels,
                                         std::uint64_t seed);

}  // namespace halfwave
