#pragma once

#include "core/precision/format.h"

#include <ATen/core/Tensor.h>

namespace halfwave {

/// Whether this processor multiplies these factors by `narrow_product`: on the CPU, fp16 or bf16, and each a
/// matrix or a batch of matrices in which one of the two last axes is contiguous.
bool takes_narrow_product(const at::Tensor& a, const at::Tensor& b, Format format);

/// A product of 16-bit factors by fp32 arithmetic, shaped as `matrix_product` says: scale · (a · b) + bias.
/// Factors are of the 16-bit type of `format`, or float32 and rounded to it on the way. Blocks of them are
/// widened in the cache, and blocks of the result are rounded before they leave it, so that memory holds
/// only 16-bit values. The result is of the 16-bit type, or float32 where it is to be wide.
///
/// The rows of `b` may come in parts: b (B, P, K, N) stands for (B, P·K, N).
at::Tensor narrow_product(const at::Tensor& a, const at::Tensor& b, const at::Tensor& bias, double scale,
                          Format format, bool wide_result = false);

}  // namespace halfwave
