#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <string_view>

namespace halfwave {

/// Brings fields to mean 0 and deviation 1 and back. Fitted on the training samples alone.
class Normalizer {
 public:
  /// Added to the deviation, so that a constant channel can be divided by it.
  static constexpr double epsilon = 1e-7;

  /// Changes nothing.
  Normalizer() = default;

  /// `none`, or `per-channel`: mean and unbiased standard deviation of each channel over samples and grid, as
  /// UnitGaussianNormalizer in neuraloperator. `data` is (samples, channels, axis…). `field` begins the
  /// message of the FieldError thrown for an unknown kind or for data of a single value.
  static Normalizer fit(std::string_view kind, const at::Tensor& data,
                        const std::string& field = "normalizer");

  /// From a run's record; both tensors are (1, C, 1…), float32.
  static Normalizer from_state(const at::Tensor& mean, const at::Tensor& deviation);

  /// (x − mean) / (deviation + ε), x (B, C, axis…).
  at::Tensor normalize(const at::Tensor& x) const;
  /// The inverse of `normalize`.
  at::Tensor denormalize(const at::Tensor& x) const;

  bool is_identity() const { return !mean_.defined(); }
  const at::Tensor& mean() const { return mean_; }
  const at::Tensor& deviation() const { return deviation_; }
  /// Moves the statistics to where the fields are.
  void to(const at::Device& device);

 private:
  at::Tensor mean_, deviation_;
  at::Tensor divisor_;
};

/// What a run needs to go from data to operator and back.
struct Normalizers {
  Normalizer input, output;
};

}  // namespace halfwave
