#pragma once

#include "core/precision/format.h"

#include <ATen/core/Tensor.h>

namespace halfwave {

/// Rounds a contiguous float32 tensor in place, on its device; formats of 32 bits and more leave it as it is
/// (tf32 is rounded). Throws RunError for other types or layouts.
void round_in_place(at::Tensor& tensor, Format format);

/// dst[i] = round(src[i]); `src` float32, bf16 or fp16, any layout. Always a new float32 tensor.
at::Tensor rounded_copy(const at::Tensor& src, Format format);

/// The LibTorch type that stores a format's bytes: fp64 → double, fp32 and tf32 → float, bf16, fp16, and the
/// fp8 types.
at::ScalarType tensor_type(Format format);

}  // namespace halfwave
