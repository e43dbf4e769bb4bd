#pragma once

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

/// Counted work. FLOPs are those of the formulae in docs/benchmarks/roofline.md: a multiply-add is two.
struct Work {
  double wide_flops = 0.0;    ///< in matrix products with more than 64 columns
  double narrow_flops = 0.0;  ///< in matrix products with up to 64 columns
  double other_flops = 0.0;   ///< fast Fourier transforms and what is done element by element
  double bytes = 0.0;         ///< compulsory: what the part takes and gives, each once

  double flops() const { return wide_flops + narrow_flops + other_flops; }
  void add_product(double rows, double inner, double columns);
  Work& operator+=(const Work& other);
};

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

/// FLOPs and bytes of one of an engine's transforms on the CPU, without its stabilizer: fields of `channels`
/// channels, `batch` of them. A transform, its inverse and their adjoints cost the same.
Work transform_work(std::string_view engine, const std::vector<std::int64_t>& grid,
                    const std::vector<int>& modes, std::int64_t batch, std::int64_t channels);

/// One step of training on the CPU: forward, relative L2, backward and Adam. The operator's engine must be
/// named (not `auto`). Throws RequestError for an operator type that is not counted, when the grid cannot
/// carry the modes and when the policy has another number of layers.
std::vector<PartCost> training_cost(const OperatorSpec& spec, const CostProblem& problem,
                                    const Policy& policy);

/// A forward pass that keeps nothing.
std::vector<PartCost> inference_cost(const OperatorSpec& spec, const CostProblem& problem,
                                     const Policy& policy);

}  // namespace halfwave
