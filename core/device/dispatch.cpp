#include "core/device/dispatch.h"

#include "core/precision/product.h"
#include "core/spectral/contraction.h"

#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/library.h>

#include <optional>
#include <string>

namespace halfwave {
namespace {

using at::Tensor;
using MaybeTensor = std::optional<Tensor>;

constexpr Arithmetic arithmetic_of(std::int64_t format) {
  return {static_cast<Format>(format), false};
}

// Registered functions take a format as a number.
template <auto function, typename... Operands>
auto with_number(Operands... operands, std::int64_t format) {
  return function(operands..., static_cast<Format>(format));
}

Tensor product_on_cpu(const Tensor& a, const Tensor& b, const MaybeTensor& bias, double scale,
                      std::int64_t format) {
  return matrix_product(a, b, arithmetic_of(format), bias.value_or(Tensor()), scale);
}
Tensor contract_on_cpu(const Tensor& modes, const Tensor& weight, std::int64_t format) {
  return contract(modes, weight, arithmetic_of(format));
}
Tensor contract_modes_on_cpu(const Tensor& gradient, const Tensor& weight, std::int64_t format) {
  return contract_adjoint_modes(gradient, weight, arithmetic_of(format));
}
Tensor contract_weight_on_cpu(const Tensor& gradient, const Tensor& modes, const Tensor& weight,
                              std::int64_t format) {
  return contract_adjoint_weight(gradient, modes, weight, arithmetic_of(format));
}
Tensor range_slots_on_cpu(const Tensor& x, std::int64_t format, std::int64_t step) {
  return on_cpu::range_slots(x, static_cast<Format>(format), step);
}
Tensor fft_to_modes_on_cpu(const Tensor& field, at::IntArrayRef grid, at::IntArrayRef modes,
                           std::int64_t format, bool adjoint) {
  return on_cpu::fft_to_modes(field, grid, modes, static_cast<Format>(format), adjoint);
}
Tensor fft_to_field_on_cpu(const Tensor& modes, at::IntArrayRef grid, at::IntArrayRef kept,
                           std::int64_t format, bool adjoint) {
  return on_cpu::fft_to_field(modes, grid, kept, static_cast<Format>(format), adjoint);
}

// The callers are autograd functions of their own, so autograd is passed by.
template <typename Signature, typename... Operands>
auto call(const c10::TypedOperatorHandle<Signature>& op, Operands&&... operands) {
  const at::AutoDispatchBelowADInplaceOrView below_autograd;
  return op.call(std::forward<Operands>(operands)...);
}

template <typename Signature>
c10::TypedOperatorHandle<Signature> find(const char* name) {
  return c10::Dispatcher::singleton()
      .findSchemaOrThrow((std::string("halfwave::") + name).c_str(), "")
      .typed<Signature>();
}

std::int64_t number(Format format) {
  return static_cast<std::int64_t>(format);
}

using Unary = Tensor(const Tensor&, std::int64_t);
using Binary = Tensor(const Tensor&, const Tensor&, std::int64_t);

}  // namespace

TORCH_LIBRARY(halfwave, m) {
  m.def("round_in_place(Tensor(a!) x, int format) -> ()");
  m.def("rounded_copy(Tensor x, int format) -> Tensor");
  m.def("tanh(Tensor x, int format) -> Tensor");
  m.def("tanh_backward(Tensor gradient, Tensor x, int format) -> Tensor");
  m.def("gelu(Tensor x, int format) -> Tensor");
  m.def("gelu_backward(Tensor gradient, Tensor x, int format) -> Tensor");
  m.def("sum(Tensor x, Tensor y, int format) -> Tensor");
  m.def("gate(Tensor x, Tensor weight, int format) -> Tensor");
  m.def("gate_weight_gradient(Tensor gradient, Tensor x, int format) -> Tensor");
  m.def("range_slots(Tensor x, int format, int step) -> Tensor");
  m.def("product(Tensor a, Tensor b, Tensor? bias, float scale, int format) -> Tensor");
  m.def("contract(Tensor modes, Tensor weight, int format) -> Tensor");
  m.def("contract_adjoint_modes(Tensor gradient, Tensor weight, int format) -> Tensor");
  m.def("contract_adjoint_weight(Tensor gradient, Tensor modes, Tensor weight, int format) -> Tensor");
  m.def("fft_to_modes(Tensor field, int[] grid, int[] modes, int format, bool adjoint) -> Tensor");
  m.def("fft_to_field(Tensor modes, int[] grid, int[] kept, int format, bool adjoint) -> Tensor");
}

TORCH_LIBRARY_IMPL(halfwave, CPU, m) {
  m.impl("round_in_place", with_number<on_cpu::round_in_place, Tensor&>);
  m.impl("rounded_copy", with_number<on_cpu::rounded_copy, const Tensor&>);
  m.impl("tanh", with_number<on_cpu::tanh, const Tensor&>);
  m.impl("tanh_backward", with_number<on_cpu::tanh_backward, const Tensor&, const Tensor&>);
  m.impl("gelu", with_number<on_cpu::gelu, const Tensor&>);
  m.impl("gelu_backward", with_number<on_cpu::gelu_backward, const Tensor&, const Tensor&>);
  m.impl("sum", with_number<on_cpu::sum, const Tensor&, const Tensor&>);
  m.impl("gate", with_number<on_cpu::gate, const Tensor&, const Tensor&>);
  m.impl("gate_weight_gradient", with_number<on_cpu::gate_weight_gradient, const Tensor&, const Tensor&>);
  m.impl("range_slots", range_slots_on_cpu);
  m.impl("product", product_on_cpu);
  m.impl("contract", contract_on_cpu);
  m.impl("contract_adjoint_modes", contract_modes_on_cpu);
  m.impl("contract_adjoint_weight", contract_weight_on_cpu);
  m.impl("fft_to_modes", fft_to_modes_on_cpu);
  m.impl("fft_to_field", fft_to_field_on_cpu);
}

bool dispatch::computes(const Tensor& x, Arithmetic arithmetic) {
  return !x.is_cpu() && x.scalar_type() != at::kDouble && arithmetic.format != Format::fp64 &&
         !rounds_every_step(arithmetic);
}

void dispatch::round_in_place(Tensor& x, Format format) {
  static const auto op = find<void(Tensor&, std::int64_t)>("round_in_place");
  call(op, x, number(format));
}

Tensor dispatch::rounded_copy(const Tensor& x, Format format) {
  static const auto op = find<Unary>("rounded_copy");
  return call(op, x, number(format));
}

Tensor dispatch::tanh(const Tensor& x, Format format) {
  static const auto op = find<Unary>("tanh");
  return call(op, x, number(format));
}

Tensor dispatch::tanh_backward(const Tensor& gradient, const Tensor& x, Format format) {
  static const auto op = find<Binary>("tanh_backward");
  return call(op, gradient, x, number(format));
}

Tensor dispatch::gelu(const Tensor& x, Format format) {
  static const auto op = find<Unary>("gelu");
  return call(op, x, number(format));
}

Tensor dispatch::gelu_backward(const Tensor& gradient, const Tensor& x, Format format) {
  static const auto op = find<Binary>("gelu_backward");
  return call(op, gradient, x, number(format));
}

Tensor dispatch::sum(const Tensor& x, const Tensor& y, Format format) {
  static const auto op = find<Binary>("sum");
  return call(op, x, y, number(format));
}

Tensor dispatch::gate(const Tensor& x, const Tensor& weight, Format format) {
  static const auto op = find<Binary>("gate");
  return call(op, x, weight, number(format));
}

Tensor dispatch::gate_weight_gradient(const Tensor& gradient, const Tensor& x, Format format) {
  static const auto op = find<Binary>("gate_weight_gradient");
  return call(op, gradient, x, number(format));
}

Tensor dispatch::range_slots(const Tensor& x, Format format, std::int64_t step) {
  static const auto op = find<Tensor(const Tensor&, std::int64_t, std::int64_t)>("range_slots");
  return call(op, x, number(format), step);
}

Tensor dispatch::product(const Tensor& a, const Tensor& b, const Tensor& bias, double scale, Format format) {
  static const auto op =
      find<Tensor(const Tensor&, const Tensor&, const MaybeTensor&, double, std::int64_t)>("product");
  return call(op, a, b, bias.defined() ? MaybeTensor(bias) : MaybeTensor(), scale, number(format));
}

Tensor dispatch::contract(const Tensor& modes, const Tensor& weight, Format format) {
  static const auto op = find<Binary>("contract");
  return call(op, modes, weight, number(format));
}

Tensor dispatch::contract_adjoint_modes(const Tensor& gradient, const Tensor& weight, Format format) {
  static const auto op = find<Binary>("contract_adjoint_modes");
  return call(op, gradient, weight, number(format));
}

Tensor dispatch::contract_adjoint_weight(const Tensor& gradient, const Tensor& modes, const Tensor& weight,
                                         Format format) {
  static const auto op =
      find<Tensor(const Tensor&, const Tensor&, const Tensor&, std::int64_t)>("contract_adjoint_weight");
  return call(op, gradient, modes, weight, number(format));
}

using Transform = Tensor(const Tensor&, at::IntArrayRef, at::IntArrayRef, std::int64_t, bool);

Tensor dispatch::fft_to_modes(const Tensor& field, at::IntArrayRef grid, at::IntArrayRef modes, Format format,
                              bool adjoint) {
  static const auto op = find<Transform>("fft_to_modes");
  return call(op, field, grid, modes, number(format), adjoint);
}

Tensor dispatch::fft_to_field(const Tensor& modes, at::IntArrayRef grid, at::IntArrayRef kept, Format format,
                              bool adjoint) {
  static const auto op = find<Transform>("fft_to_field");
  return call(op, modes, grid, kept, number(format), adjoint);
}

}  // namespace halfwave
