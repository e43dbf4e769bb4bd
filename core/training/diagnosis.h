#pragma once

#include "core/training/events.h"

#include <cstdint>
#include <optional>
#include <string>

namespace halfwave {

/// What is known of the stage where the first value that is not finite arose.
struct Fault {
  StageRange range;
  LayerPolicy row;
  std::string engine;
  double loss_scale = 1.0;
  bool dynamic_loss_scaling = false;
  std::int64_t points = 1;                ///< of the grid
  std::optional<RangeHistogram> in_fp32;  ///< the same results when every stage works in fp32
};

/// The binary exponent that the stage's values would have reached, what the engine `fft` sums up in a 16-bit
/// format before it divides by the number of points included. Empty when that is not known.
std::optional<int> exponent_reached(const Fault& fault);

/// What would keep the stage in range, as a sentence: a stabilizer, an engine, a format, another loss scale,
/// another accumulation.
std::string cure(const Fault& fault);

/// A sentence on what was not finite and where, and one on what would cure it. Epoch and step are told
/// counted from 1. Without `fault` no stage was to blame, and `where.layer` is `data`, `loss` or `gradients`.
std::string describe(const NonFinite& where, const std::optional<Fault>& fault = std::nullopt);

}  // namespace halfwave
