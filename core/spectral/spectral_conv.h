#pragma once

#include "core/precision/stage_math.h"
#include "core/spectral/engine.h"

#include <ATen/core/Tensor.h>

#include <memory>

namespace halfwave {

/// K(v) = F⁻¹( R · trunc( F( s(v) ) ) ) + bias, differentiable; s is the layer's stabilizer.
///
/// field (B, axis…, C_in); weight (mode…, 2, C_in, C_out); bias (C_out) or undefined → (B, axis…, C_out).
/// Each stage computes in its own format, forward and backward. For the backward pass only the truncated
/// modes are kept, in the contraction's format (and the field itself, as a saved activation, where a
/// stabilizer needs it). Source: Li et al. 2021 (arXiv 2010.08895), stabilizer arXiv 2307.15034, section 4.3.
at::Tensor spectral_conv(const at::Tensor& field, const at::Tensor& weight, const at::Tensor& bias,
                         const ModeLayout& layout, std::shared_ptr<SpectralEngine> engine,
                         StageContext context);

}  // namespace halfwave
