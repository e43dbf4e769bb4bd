#include "core/device/cuda/launch.h"
#include "core/device/cuda/product.h"
#include "core/device/cuda/support.h"
#include "core/device/cuda/transform.h"
#include "core/operators/pointwise_elements.h"
#include "core/precision/tanh_element.h"
#include "core/spectral/contraction_element.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/sum.h>
#include <ATen/ops/zeros.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <torch/library.h>

#include <optional>

namespace halfwave::cuda {
namespace {

using at::Tensor;
using c10::cuda::CUDAGuard;

// What kernels read: contiguous, of a type that they know.
Tensor readable(const Tensor& x) {
  const auto type = x.scalar_type();
  const bool known = type == at::kFloat || type == at::kHalf || type == at::kBFloat16;
  return (known ? x : x.to(at::kFloat)).contiguous();
}

Tensor empty_result(const Tensor& like, Format format) {
  return at::empty(like.sizes(), like.options().dtype(result_type(format)).requires_grad(false));
}

template <typename Element>
void run(const Element& element, std::int64_t count) {
  check(launch(element, count, c10::cuda::getCurrentCUDAStream()));
}

// One pass over the values of a field, or of two.
template <typename Element>
Tensor map(const Tensor& field, Format format) {
  const CUDAGuard guard(field.device());
  const Tensor x = readable(field);
  Tensor result = empty_result(x, format);
  run(Element{values_in(x), values_out(result), StageRounding::of(format)}, x.numel());
  return result;
}

template <typename Element>
Tensor map_two(const Tensor& first, const Tensor& second, Format format) {
  const CUDAGuard guard(first.device());
  const Tensor x = readable(first), y = readable(second);
  if (x.sizes() != y.sizes()) throw RunError("The fields of a pointwise stage differ in shape.");
  Tensor result = empty_result(x, format);
  run(Element{values_in(x), values_in(y), values_out(result), StageRounding::of(format)}, x.numel());
  return result;
}

void round_in_place(Tensor& x, std::int64_t format) {
  const CUDAGuard guard(x.device());
  run(RoundElement{values_in(x), values_out(x), StageRounding::of(static_cast<Format>(format))}, x.numel());
}

Tensor rounded_copy(const Tensor& field, std::int64_t format) {
  const CUDAGuard guard(field.device());
  const Tensor x = readable(field);
  Tensor result = at::empty(x.sizes(), x.options().dtype(at::kFloat).requires_grad(false));
  run(RoundElement{values_in(x), values_out(result), StageRounding::of(static_cast<Format>(format))},
      x.numel());
  return result;
}

Tensor tanh(const Tensor& x, std::int64_t format) {
  return map<TanhElement>(x, static_cast<Format>(format));
}
Tensor tanh_backward(const Tensor& gradient, const Tensor& x, std::int64_t format) {
  return map_two<TanhBackwardElement>(gradient, x, static_cast<Format>(format));
}
Tensor gelu(const Tensor& x, std::int64_t format) {
  return map<GeluElement>(x, static_cast<Format>(format));
}
Tensor gelu_backward(const Tensor& gradient, const Tensor& x, std::int64_t format) {
  return map_two<GeluBackwardElement>(gradient, x, static_cast<Format>(format));
}
Tensor sum(const Tensor& x, const Tensor& y, std::int64_t format) {
  return map_two<SumElement>(x, y, static_cast<Format>(format));
}

Tensor gate(const Tensor& field, const Tensor& weight, std::int64_t number) {
  const auto format = static_cast<Format>(number);
  const CUDAGuard guard(field.device());
  const Tensor x = readable(field), w = readable(weight);
  Tensor result = empty_result(x, format);
  run(GateElement{values_in(x), values_in(w), values_out(result), StageRounding::of(format), x.size(-1)},
      x.numel());
  return result;
}

Tensor gate_weight_gradient(const Tensor& gradient, const Tensor& field, std::int64_t format) {
  constexpr std::int64_t rows_a_part = 256;
  const CUDAGuard guard(field.device());
  const Tensor g = readable(gradient), x = readable(field);
  const std::int64_t channels = x.size(-1), rows = x.numel() / channels;
  const std::int64_t parts = (rows + rows_a_part - 1) / rows_a_part;
  Tensor sums = at::empty({parts, channels}, x.options().dtype(at::kFloat).requires_grad(false));
  run(GateWeightElement{values_in(g), values_in(x), sums.mutable_data_ptr<float>(),
                        StageRounding::of(static_cast<Format>(format)), rows, channels, rows_a_part},
      parts * channels);
  return sums.sum({0}, false, at::kDouble).to(at::kFloat);
}

Tensor range_slots(const Tensor& x, std::int64_t format, std::int64_t step) {
  const CUDAGuard guard(x.device());
  Tensor slots = at::zeros({RangeSlot::count + 1}, x.options().dtype(at::kLong).requires_grad(false));
  auto* counts = reinterpret_cast<unsigned long long*>(slots.mutable_data_ptr<std::int64_t>());
  const RangeSlot slot = RangeSlot::of(facts(static_cast<Format>(format)));
  const auto count = [&](const auto* values) {
    check(count_range(values, x.numel(), step, slot, counts, c10::cuda::getCurrentCUDAStream()));
  };
  switch (carrier_of(x.scalar_type())) {
    case Carrier::fp16:
      count(x.const_data_ptr<at::Half>());
      break;
    case Carrier::bf16:
      count(x.const_data_ptr<at::BFloat16>());
      break;
    case Carrier::fp32:
      count(x.const_data_ptr<float>());
      break;
  }
  return slots;
}

Tensor product_of(const Tensor& a, const Tensor& b, const std::optional<Tensor>& bias, double scale,
                  std::int64_t format) {
  return product(a, b, bias.value_or(Tensor()), scale, static_cast<Format>(format));
}

// ---- the contraction: a matrix product of complex numbers for each mode, in place ----

ComplexMatrices of_planes(const Tensor& planes, bool transposed) {  // (B, 2, mode…, C)
  const std::int64_t channels = planes.size(-1), part = planes.numel() / (2 * planes.size(0));
  return {values_in(planes),         channels, transposed ? 1 : 2 * part,
          transposed ? 2 * part : 1, part,     transposed ? -1.0F : 1.0F};
}

ComplexMatrices of_weight(const Tensor& weight, bool transposed) {  // (mode…, 2, C_in, C_out)
  const std::int64_t columns = weight.size(-1), part = weight.size(-2) * columns;
  return {values_in(weight),        2 * part, transposed ? 1 : columns,
          transposed ? columns : 1, part,     transposed ? -1.0F : 1.0F};
}

void contract_all(const ContractionElement& element, std::int64_t modes) {
  run(element, modes * element.groups() * element.columns);
}

Tensor planes_product(const Tensor& left, const Tensor& right, bool adjoint, Format format) {
  const CUDAGuard guard(left.device());
  const Tensor planes = readable(left), weight = readable(right);
  const std::int64_t batch = planes.size(0), inner = planes.size(-1);
  const std::int64_t columns = weight.size(adjoint ? -2 : -1);
  auto shape = planes.sizes().vec();
  shape.back() = columns;
  Tensor result = at::empty(shape, planes.options().dtype(result_type(format)).requires_grad(false));
  const std::int64_t modes = planes.numel() / (2 * batch * inner), part = modes * columns;
  contract_all({of_planes(planes, false), of_weight(weight, adjoint), values_out(result), columns, 2 * part,
                part, StageRounding::of(format), batch, inner, columns},
               modes);
  return result;
}

Tensor contract(const Tensor& modes, const Tensor& weight, std::int64_t format) {
  return planes_product(modes, weight, false, static_cast<Format>(format));
}

Tensor contract_adjoint_modes(const Tensor& gradient, const Tensor& weight, std::int64_t format) {
  return planes_product(gradient, weight, true, static_cast<Format>(format));
}

// Of the weight's own type, as autograd wants it.
Tensor contract_adjoint_weight(const Tensor& gradient, const Tensor& modes, const Tensor& weight,
                               std::int64_t format) {
  const CUDAGuard guard(gradient.device());
  const Tensor g = readable(gradient), z = readable(modes);
  const std::int64_t rows = z.size(-1), columns = g.size(-1), batch = z.size(0);
  Tensor result = at::empty(weight.sizes(), readable(weight).options().requires_grad(false));
  contract_all({of_planes(z, true), of_planes(g, false), values_out(result), 2 * rows * columns, columns,
                rows * columns, StageRounding::of(static_cast<Format>(format)), rows, batch, columns},
               z.numel() / (2 * batch * rows));
  return result;
}

Tensor to_modes(const Tensor& field, at::IntArrayRef grid, at::IntArrayRef modes, std::int64_t format,
                bool adjoint) {
  return fft_to_modes(readable(field), {grid.vec(), modes.vec()}, static_cast<Format>(format), adjoint);
}
Tensor to_field(const Tensor& modes, at::IntArrayRef grid, at::IntArrayRef kept, std::int64_t format,
                bool adjoint) {
  return fft_to_field(readable(modes), {grid.vec(), kept.vec()}, static_cast<Format>(format), adjoint);
}

}  // namespace

TORCH_LIBRARY_IMPL(halfwave, CUDA, m) {
  m.impl("round_in_place", round_in_place);
  m.impl("rounded_copy", rounded_copy);
  m.impl("tanh", tanh);
  m.impl("tanh_backward", tanh_backward);
  m.impl("gelu", gelu);
  m.impl("gelu_backward", gelu_backward);
  m.impl("sum", sum);
  m.impl("gate", gate);
  m.impl("gate_weight_gradient", gate_weight_gradient);
  m.impl("range_slots", range_slots);
  m.impl("product", product_of);
  m.impl("contract", contract);
  m.impl("contract_adjoint_modes", contract_adjoint_modes);
  m.impl("contract_adjoint_weight", contract_adjoint_weight);
  m.impl("fft_to_modes", to_modes);
  m.impl("fft_to_field", to_field);
}

}  // namespace halfwave::cuda
