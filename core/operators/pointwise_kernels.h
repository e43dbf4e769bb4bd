#pragma once

#include "core/precision/format.h"

#include <ATen/core/Tensor.h>

namespace halfwave {

// The pointwise stages in one pass over memory: operands rounded to `format`, computed in fp32, the result
// rounded to it. Fields are (…, C). All tensors must be such that `kernels_take` them. Results are of the
// type of a 16-bit `format`, else float32.

/// Contiguous float32, fp16 or bf16; a result is on its operands' device.
bool kernels_take(const at::Tensor& tensor);

/// x Φ(x), Φ the normal distribution function; relative error below 2·10⁻⁶ for |x| ≤ 3, 8·10⁻⁶ to |x| = 12.
at::Tensor gelu_kernel(const at::Tensor& x, Format format);
/// gradient · (Φ(x) + x φ(x)).
at::Tensor gelu_backward_kernel(const at::Tensor& gradient, const at::Tensor& x, Format format);

at::Tensor sum_kernel(const at::Tensor& x, const at::Tensor& y, Format format);

/// x · w, one weight a channel.
at::Tensor gate_kernel(const at::Tensor& x, const at::Tensor& weight, Format format);
/// Σ over points of gradient · x, (C), not rounded.
at::Tensor gate_weight_gradient(const at::Tensor& gradient, const at::Tensor& x, Format format);

}  // namespace halfwave
