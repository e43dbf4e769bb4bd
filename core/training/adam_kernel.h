#pragma once

#include <cstdint>

namespace halfwave {

/// The numbers of one Adam step, the same for every parameter.
struct AdamStep {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-6;
  double step_size = 0.0;        ///< learning rate · √(1 − β₂ᵗ) / (1 − β₁ᵗ)
  double decay = 0.0;            ///< decoupled: the share of a weight that is taken away after the update
  double l2 = 0.0;               ///< coupled: the share of a weight that is added to its gradient
  double gradient_factor = 1.0;  ///< what gradients are multiplied by first (1 / loss scale)
};

/// Where the elements of a parameter lie: for a real one n = count; for a complex one the (re, im) axis has
/// stride `inner` and there are `count` complex numbers, re at (c / inner) · 2 · inner + c % inner.
struct AdamLayout {
  std::int64_t count = 0;
  std::int64_t inner = 0;  ///< 0 = real
};

/// One step on numbers [begin, end) of a contiguous parameter, complex ones counted once, in place. `v` has one value for each element,
/// for a complex parameter one for each pair. Uses the widest vectors this processor has.
void adam_update(float* weight, const float* gradient, float* m, float* v, AdamLayout layout,
                 std::int64_t begin, std::int64_t end, const AdamStep& step);
void adam_update(double* weight, const double* gradient, double* m, double* v, AdamLayout layout,
                 std::int64_t begin, std::int64_t end, const AdamStep& step);

/// True if no element is infinite or NaN. `exponent_mask` has the bits of the format's exponent field.
bool all_finite(const std::uint16_t* bits, std::int64_t count, std::uint16_t exponent_mask);
bool all_finite(const std::uint32_t* bits, std::int64_t count, std::uint32_t exponent_mask);
bool all_finite(const std::uint64_t* bits, std::int64_t count, std::uint64_t exponent_mask);

}  // namespace halfwave
