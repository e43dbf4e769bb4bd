#pragma once

#include "core/analysis/work.h"
#include "core/experiment/experiment.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace halfwave {

/// What a step is divided into.
enum class StepPart : std::uint8_t {
  lifting,
  forward_transform,
  contraction,
  inverse_transform,
  pointwise,  ///< of the blocks: skips, biases, channel MLPs, activations
  projection,
  loss,
  optimizer
};
std::string_view name(StepPart part);

/// One part in one direction. `format` is what its products are computed in: the stage's where the CPU has
/// it, else fp32 (or fp64).
struct PartCost {
  StepPart part = StepPart::lifting;
  bool backward = false;
  Format format = Format::fp32;
  Work work;
};

/// The problem that an operator works on.
struct CostProblem {
  std::vector<std::int64_t> grid;
  std::int64_t batch = 1;
  int in_channels = 1;
  int out_channels = 1;
};

/// One step of training on the CPU: forward, relative L2, backward and Adam. The operator's engine must be
/// named (not `auto`). Throws RequestError for an operator type that is not counted, when the grid cannot
/// carry the modes and when the policy has another number of layers.
std::vector<PartCost> training_cost(const OperatorSpec& spec, const CostProblem& problem,
                                    const Policy& policy);

/// A forward pass that keeps nothing.
std::vector<PartCost> inference_cost(const OperatorSpec& spec, const CostProblem& problem,
                                     const Policy& policy);

}  // namespace halfwave
