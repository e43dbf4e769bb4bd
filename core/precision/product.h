#pragma once

#include "core/precision/stage_math.h"

#include <ATen/core/Tensor.h>

namespace halfwave {

/// Whether a stage rounds every product and every partial sum: strict, in a format below fp32.
bool rounds_every_step(Arithmetic arithmetic);

/// The matrix product of a stage, in its format: operands as `as_operand` gives them, the result rounded. In
/// a 16-bit format operands on the CPU may also be float32 where `takes_narrow_product`; they are rounded on
/// the way.
///
/// a (M, K) · b (K, N) → (M, N), batched a (B, M, K) · b (B, K, N) → (B, M, N), or one left factor for all of
/// a batch, a (M, K) · b (B, K, N) → (B, M, N). The rows of a batched b may come in parts: (B, P, K, N)
/// stands for (B, P·K, N). `bias` (N), where defined, is added to every row.
///
/// With fp32 accumulation the sum is rounded once, after the bias. In strict mode, with r the rounding to
/// the format and k in ascending order,
///   c_ij ← r(c_ij + r(a_ik · b_kj))  from c_ij = 0,  and the bias last,  c_ij ← r(c_ij + bias_j).
at::Tensor matrix_product(const at::Tensor& a, const at::Tensor& b, Arithmetic arithmetic,
                          const at::Tensor& bias = {}, double scale = 1.0);

}  // namespace halfwave
