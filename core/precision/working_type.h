#pragma once

#include "core/precision/policy.h"

#include <c10/core/ScalarType.h>

#include <algorithm>

namespace halfwave {

/// The type fields have outside of the stages: float64 where the policy has an fp64 stage, else float32.
inline c10::ScalarType working_type(const Policy& policy) {
  const bool wide = std::any_of(policy.layers.begin(), policy.layers.end(), [](const LayerPolicy& layer) {
    return std::find(layer.formats.begin(), layer.formats.end(), Format::fp64) != layer.formats.end();
  });
  return wide ? c10::kDouble : c10::kFloat;
}

}  // namespace halfwave
