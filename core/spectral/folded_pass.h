#pragma once

#include "core/precision/stage_math.h"

#include <ATen/core/Tensor.h>

namespace halfwave {

/// A quarter of the matrix of a one-dimensional transform; symmetry gives the rest. Values are of the format,
/// carried in float32, and hold the weights of the modes (1/n, or 2 for a mode whose mirror image is not
/// kept):
///   cosines (R × E)      w_k cos(2πkx/n),  k = 0 … R − 1,  x = 0 … n/2
///   sines (R − 1 × O)    w_k sin(2πkx/n),  k = 1 … R − 1,  x = 1 … (n − 1)/2
/// R = m for the last axis; else K/2 + 1, the sizes that the kept frequencies have.
struct QuarterMatrix {
  at::Tensor cosines, sines;
  double scale;  ///< a power of two that products are multiplied by
};

/// One axis of a transform. Data is (outer, points, columns) or, for an axis other than the last, (outer,
/// points, 2, columns) on the side of the field, and (outer, 2, modes, columns) on that of the modes.
struct FoldedPass {
  bool to_modes;  ///< else to the field
  bool last;
  std::int64_t outer, points, modes, columns;
};

/// Whether a stage's products are sums in fp32, so that their order is free, and an axis with so many kept
/// modes gains by it. On the CPU.
bool folds(std::int64_t modes, bool last, Arithmetic arithmetic);
/// The same, and that the data lies as a pass takes it.
bool takes_folded_pass(const at::Tensor& data, const FoldedPass& pass, Arithmetic arithmetic);

/// The pass by the even–odd symmetry of cosines and sines: with e = f(x) + f(n − x) and o = f(x) − f(n − x)
/// the last axis takes half of the products, and another axis a quarter, since there its frequencies come in
/// pairs ±k as well. Operands are rounded to the format; e, o and all sums are fp32; the result is rounded
/// once. Blocks of columns stay in the cache from the first of these steps to the last.
at::Tensor folded_pass(const at::Tensor& data, const FoldedPass& pass, const QuarterMatrix& matrix,
                       Arithmetic arithmetic);

}  // namespace halfwave
