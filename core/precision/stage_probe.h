#pragma once

#include "core/precision/policy.h"

#include <cstddef>

namespace at {
class Tensor;
}

namespace halfwave {

/// Sees the result of each stage as it is computed.
class StageProbe {
 public:
  virtual ~StageProbe() = default;
  /// `layer` is a row of the policy table; `backward` is true for gradients.
  virtual void on_stage(std::size_t layer, Stage stage, bool backward, const at::Tensor& result) = 0;
};

}  // namespace halfwave
