#pragma once

#include "core/spectral/contraction_planner.h"

#include <ATen/core/Tensor.h>

#include <vector>

namespace halfwave {

/// Contracts operands in the order of a plan, two at a time, in their own type; differentiable. An
/// intermediate result is given up as soon as it has been taken. Throws RequestError when number or shapes of
/// the operands are not the plan's.
at::Tensor contract_along(const ContractionPlan& plan, std::vector<at::Tensor> operands);

}  // namespace halfwave
