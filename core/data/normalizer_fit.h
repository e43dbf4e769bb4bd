#pragma once

#include "core/data/normalizer.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace halfwave {

/// Finds the statistics of a normalizer in one pass over samples that come in parts; how they are cut does
/// not change a bit of the result. Sums are fp64 and joined as in Chan, Golub and LeVeque (1979).
class NormalizerFit {
 public:
  /// `sample` is (channels, axis…). `field` begins the message of the FieldError thrown for an unknown kind,
  /// and by `result` where there are too few values for a deviation.
  NormalizerFit(std::string_view kind, const std::vector<std::int64_t>& sample, std::string field);

  /// Samples (samples, channels, axis…), float32.
  void add(const at::Tensor& samples);
  Normalizer result() const;
  /// True for `none`, which needs no samples.
  bool needs_nothing() const { return kind_ == Kind::none; }

 private:
  enum class Kind { none, channel, point, range };
  void add_sample(const float* values);

  Kind kind_ = Kind::none;
  std::vector<std::int64_t> sample_;
  std::string field_;
  std::int64_t points_ = 1;  ///< of a channel
  std::int64_t count_ = 0;   ///< samples so far
  /// One entry a channel, or a channel's point. Of `range` these are least and greatest values.
  std::vector<double> mean_, squares_;
};

}  // namespace halfwave
