#pragma once

#include <ATen/core/Tensor.h>

#include <string_view>

namespace halfwave {

/// A norm of a field on the unit domain, sampled on a regular grid.
enum class Norm : std::uint8_t {
  l2,  ///< ‖u‖² = Σ u²
  h1   ///< ‖u‖² = Σ u² + Σ_axes Σ (∂u)², ∂ the periodic central difference with spacing 1/n
};

/// `l2` or `h1`; throws RequestError for any other name.
Norm norm_from_name(std::string_view name);

/// Added to the denominator, so that a target of zeros gives a number.
inline constexpr double relative_norm_epsilon = 1e-8;

/// ‖prediction − target‖ / (‖target‖ + ε) of each sample and channel: (B, C, axis…) twice → (B, C), for 1 to
/// 3 axes. Differentiable in `prediction`; `target` is a constant. Computed in float32, or in float64 where
/// the prediction is. Where both agree exactly the gradient is 0. The definition is that of LpLoss and H1Loss
/// in neuraloperator.
at::Tensor relative_norm(const at::Tensor& prediction, const at::Tensor& target, Norm norm);

}  // namespace halfwave
