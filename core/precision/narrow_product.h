#pragma once

#include "core/precision/stage_math.h"

#include <ATen/core/Tensor.h>

namespace halfwave {

/// Whether this processor multiplies these factors by `narrow_product`: on the CPU, fp16 or bf16, and each a
/// matrix or a batch of matrices in which one of the two last axes is contiguous.
bool takes_narrow_product(const at::Tensor& a, const at::Tensor& b, Format format);

/// A product of 16-bit factors with sums in fp32, shaped as `matrix_product` says: scale · (a · b) + bias.
/// Factors are of the 16-bit type of the format, or float32 and rounded to it on the way. Blocks of them are
/// widened in the cache, or paired for this processor's own bf16 product where the arithmetic is native, and
/// results are rounded before they leave it, so that memory holds only 16-bit values. The result is of the
/// 16-bit type, or float32 where it is to be wide.
///
/// The rows of `b` may come in parts: b (B, P, K, N) stands for (B, P·K, N).
at::Tensor narrow_product(const at::Tensor& a, const at::Tensor& b, const at::Tensor& bias, double scale,
                          Arithmetic arithmetic, bool wide_result = false);

/// The same in an emulated format.
at::Tensor narrow_product(const at::Tensor& a, const at::Tensor& b, const at::Tensor& bias, double scale,
                          Format format, bool wide_result = false);

}  // namespace halfwave
