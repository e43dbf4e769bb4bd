#pragma once

#include "core/precision/format.h"

#include <ATen/core/Tensor.h>

namespace halfwave {

// The hyperbolic tangent in one pass over memory, for tensors that `has_plain_values`
// (core/precision/chunks.h), on their own device. It is computed in fp32 with an error below 4 · 2⁻²⁴ of
// itself.

/// tanh(x), rounded to `format`: of its type where that has 16 bits, else float32.
at::Tensor tanh_kernel(const at::Tensor& x, Format format);

/// gradient · (1 − tanh²(x)), the result as above.
at::Tensor tanh_backward_kernel(const at::Tensor& gradient, const at::Tensor& x, Format format);

}  // namespace halfwave
