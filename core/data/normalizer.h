#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <string>
#include <string_view>

namespace halfwave {

/// Brings fields to a usual range and back: (x − shift) / divisor. Fitted on the training samples alone.
///
/// - `per-channel`: mean and unbiased standard deviation of each channel over samples and grid; divided by
///   deviation + ε, as UnitGaussianNormalizer in neuraloperator.
/// - `per-point`: the same of each channel and point over samples. A point that hardly ever changes is
/// divided
///   by a thousandth of the root mean square deviation of its channel. On another grid than the training's,
///   points lie at i/n, i = 0 … n − 1, along each axis, and mean and divisor are interpolated linearly
///   between them (and continued as constants behind the last).
/// - `min-max`: least value to 0 and greatest to 1, of each channel. A channel of one value is only shifted.
class Normalizer {
 public:
  /// Added to deviations, so that a constant channel can be divided by it.
  static constexpr double epsilon = 1e-7;

  using State = std::map<std::string, at::Tensor>;

  /// Changes nothing.
  Normalizer() = default;

  /// Of samples (samples, channels, axis…) in memory; see `NormalizerFit` for those that are not.
  static Normalizer fit(std::string_view kind, const at::Tensor& data,
                        const std::string& field = "normalizer");

  /// From a run's record: `mean` and `deviation`, or `minimum` and `maximum`, each (1, C, 1…) or
  /// (1, C, axis…), float32, on the CPU; changes nothing when there are neither.
  static Normalizer from_state(State state);
  const State& state() const { return state_; }

  /// x (B, C, axis…).
  at::Tensor normalize(const at::Tensor& x) const;
  /// The inverse of `normalize`.
  at::Tensor denormalize(const at::Tensor& x) const;

  bool is_identity() const { return !shift_.defined(); }
  const at::Tensor& shift() const { return shift_; }
  const at::Tensor& divisor() const { return divisor_; }
  /// Moves the statistics to where the fields are.
  void to(const at::Device& device);

 private:
  State state_;
  at::Tensor shift_, divisor_;
};

/// What a run needs to go from data to operator and back.
struct Normalizers {
  Normalizer input, output;
};

}  // namespace halfwave
