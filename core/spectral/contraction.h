#pragma once

#include "core/precision/stage_math.h"

#include <ATen/core/Tensor.h>

namespace halfwave {

/// R on the kept modes: out[b, k, o] = Σ_i modes[b, k, i] · R[k, i, o], complex.
/// modes (B, 2, mode…, C_in), weight (mode…, 2, C_in, C_out) → (B, 2, mode…, C_out).
/// The sum over channels and over the four real products accumulates in fp32 and is rounded once.
at::Tensor contract(const at::Tensor& modes, const at::Tensor& weight, Arithmetic arithmetic);

/// Gradient with respect to `modes`, shaped as they are.
at::Tensor contract_adjoint_modes(const at::Tensor& gradient, const at::Tensor& weight,
                                  Arithmetic arithmetic);

/// Gradient with respect to `weight`, shaped as it is.
at::Tensor contract_adjoint_weight(const at::Tensor& gradient, const at::Tensor& modes,
                                   const at::Tensor& weight, Arithmetic arithmetic);

struct ContractionGradients {
  at::Tensor modes, weight;
};

/// Both gradients, which on the CPU takes one pass over the modes; that of the modes is undefined where it is
/// not wanted.
ContractionGradients contract_adjoint(const at::Tensor& gradient, const at::Tensor& modes,
                                      const at::Tensor& weight, Arithmetic arithmetic, bool wants_modes);

}  // namespace halfwave
