#pragma once

#include "core/precision/format.h"

#include <ATen/core/Tensor.h>
#include <c10/util/ArrayRef.h>

#include <cstdint>

namespace halfwave {

struct Arithmetic;

/// The operators of Halfwave that each device has in its own way, called through LibTorch's registration
/// (library `halfwave`): the device of the first operand decides which is run. What they compute is said
/// where the functions of the same names are, in core/precision, core/operators and core/spectral.
namespace dispatch {

/// Whether a stage's products and transforms of `x` are left to the operators below: on every device but the
/// CPU, which chooses among several ways of its own, where sums are fp32.
bool computes(const at::Tensor& x, Arithmetic arithmetic);

void round_in_place(at::Tensor& x, Format format);
at::Tensor rounded_copy(const at::Tensor& x, Format format);
at::Tensor tanh(const at::Tensor& x, Format format);
at::Tensor tanh_backward(const at::Tensor& gradient, const at::Tensor& x, Format format);
at::Tensor gelu(const at::Tensor& x, Format format);
at::Tensor gelu_backward(const at::Tensor& gradient, const at::Tensor& x, Format format);
at::Tensor sum(const at::Tensor& x, const at::Tensor& y, Format format);
at::Tensor gate(const at::Tensor& x, const at::Tensor& weight, Format format);
at::Tensor gate_weight_gradient(const at::Tensor& gradient, const at::Tensor& x, Format format);

/// How many of every `step`-th value are in each slot of `RangeSlot`, and in one more element how many of all
/// values are infinite or NaN: int64. x is contiguous, float32, fp16 or bf16.
at::Tensor range_slots(const at::Tensor& x, Format format, std::int64_t step);

/// matrix_product with fp32 accumulation, in a format of at most 32 bits.
at::Tensor product(const at::Tensor& a, const at::Tensor& b, const at::Tensor& bias, double scale,
                   Format format);

/// The three products of core/spectral/contraction.h, in a format of at most 32 bits with fp32 accumulation.
at::Tensor contract(const at::Tensor& modes, const at::Tensor& weight, Format format);
at::Tensor contract_adjoint_modes(const at::Tensor& gradient, const at::Tensor& weight, Format format);
at::Tensor contract_adjoint_weight(const at::Tensor& gradient, const at::Tensor& modes,
                                   const at::Tensor& weight, Format format);

/// The four functions of the engine `fft` in fp32, bf16 and fp16: field to modes and modes to field, each
/// also as the adjoint of the other.
at::Tensor fft_to_modes(const at::Tensor& field, c10::IntArrayRef grid, c10::IntArrayRef modes, Format format,
                        bool adjoint);
at::Tensor fft_to_field(const at::Tensor& modes, c10::IntArrayRef grid, c10::IntArrayRef kept, Format format,
                        bool adjoint);

}  // namespace dispatch

/// What the CPU runs for them; each lies with the function that it serves.
namespace on_cpu {

void round_in_place(at::Tensor& x, Format format);
at::Tensor rounded_copy(const at::Tensor& x, Format format);
at::Tensor tanh(const at::Tensor& x, Format format);
at::Tensor tanh_backward(const at::Tensor& gradient, const at::Tensor& x, Format format);
at::Tensor gelu(const at::Tensor& x, Format format);
at::Tensor gelu_backward(const at::Tensor& gradient, const at::Tensor& x, Format format);
at::Tensor sum(const at::Tensor& x, const at::Tensor& y, Format format);
at::Tensor gate(const at::Tensor& x, const at::Tensor& weight, Format format);
at::Tensor gate_weight_gradient(const at::Tensor& gradient, const at::Tensor& x, Format format);
at::Tensor range_slots(const at::Tensor& x, Format format, std::int64_t step);
at::Tensor fft_to_modes(const at::Tensor& field, c10::IntArrayRef grid, c10::IntArrayRef modes, Format format,
                        bool adjoint);
at::Tensor fft_to_field(const at::Tensor& modes, c10::IntArrayRef grid, c10::IntArrayRef kept, Format format,
                        bool adjoint);

}  // namespace on_cpu
}  // namespace halfwave
