#pragma once

#include "core/precision/format.h"

#include <ATen/core/Tensor.h>

namespace halfwave::cuda {

/// a · b (+ bias) by cuBLAS, as `dispatch::product` says: operands in the format, 16-bit ones as pairs of
/// bytes from memory to tensor cores, sums in fp32, one rounding.
at::Tensor product(const at::Tensor& a, const at::Tensor& b, const at::Tensor& bias, double scale,
                   Format format);

}  // namespace halfwave::cuda
