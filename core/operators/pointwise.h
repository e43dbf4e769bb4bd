#pragma once

#include "core/precision/stage_math.h"

#include <ATen/core/Tensor.h>

namespace halfwave {

// The pointwise stages of a layer on fields (…, C), channels last. All are differentiable, round operands and
// results to the layer's pointwise format, forward and backward, and keep for the backward pass what they
// must in the format of its saved activations.

/// x · Wᵀ + b. weight (C_out, C_in); bias (C_out) or undefined.
at::Tensor pointwise_linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                            const StageContext& context);

/// x / 2 · (1 + erf(x / √2)).
at::Tensor pointwise_gelu(const at::Tensor& x, const StageContext& context);

/// x · w, one weight a channel.
at::Tensor pointwise_gate(const at::Tensor& x, const at::Tensor& weight, const StageContext& context);

/// x + y.
at::Tensor pointwise_sum(const at::Tensor& x, const at::Tensor& y, const StageContext& context);

}  // namespace halfwave
