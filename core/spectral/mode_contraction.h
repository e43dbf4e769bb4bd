#pragma once

#include "core/spectral/contraction.h"

#include <ATen/core/Tensor.h>

namespace halfwave {

// The products of contraction.h on the CPU without a copy of modes or weights in memory: for each mode the
// complex rows are gathered from their planes into the cache, multiplied with the weight where it lies (or
// with its rounded block) and scattered to the planes.

/// Whether these operands are taken: on the CPU, float32 or 16-bit, and a stage whose sums are fp32.
bool takes_mode_contraction(const at::Tensor& planes, const at::Tensor& weight, Arithmetic arithmetic);

at::Tensor contract_modes(const at::Tensor& modes, const at::Tensor& weight, Arithmetic arithmetic);

/// Both gradients in one pass over the modes. `modes` may be undefined where `wants_weight` is not set; what
/// is not wanted comes back undefined.
ContractionGradients contract_modes_adjoint(const at::Tensor& gradient, const at::Tensor& modes,
                                            const at::Tensor& weight, Arithmetic arithmetic, bool wants_modes,
                                            bool wants_weight);

}  // namespace halfwave
