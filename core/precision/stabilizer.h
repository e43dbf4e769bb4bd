#pragma once

#include "core/precision/stage_math.h"

#include <ATen/core/Tensor.h>

namespace halfwave {

// Stabilizers keep a field in range before the forward transform. A field is (B, …); level is
// `LayerPolicy::level()`. With μ and σ the mean and the population standard deviation of a sample over all
// its points and channels:
//   none         x                             tanh         tanh(x)
//   hard_clip    min(max(x, −level), level)    sigma_clip   min(max(x, μ − level·σ), μ + level·σ)
//   fixed_scale  x / level, and what the inverse transform gives times level
// Source: arXiv 2307.15034, section 4.3 and appendix B.6.

/// The field as the forward transform takes it, in the working type; the field itself where nothing changes.
at::Tensor stabilized(const at::Tensor& field, const LayerPolicy& layer);

/// The same as an operand of the transform, where it can be in one pass.
at::Tensor stabilized_operand(const at::Tensor& field, const LayerPolicy& layer, Arithmetic transform);

/// The exact gradient with respect to the field, given the gradient with respect to what `stabilized` gave.
/// μ and σ are functions of the field too. `field` is in any type, and may be undefined where the gradient
/// does not need it. The gradient may be given in `type`, the field's own where autograd has it.
at::Tensor through_stabilizer(const at::Tensor& gradient, const at::Tensor& field, const LayerPolicy& layer,
                              at::ScalarType type = at::kFloat);

/// Whether `through_stabilizer` needs the field.
bool gradient_needs_field(Stabilizer stabilizer);

/// What undoes the scale after the inverse transform: 1 but for fixed_scale.
double scale_after_inverse(const LayerPolicy& layer);

}  // namespace halfwave
