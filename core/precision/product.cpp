#include "core/precision/product.h"

#include "core/device/dispatch.h"
#include "core/error.h"
#include "core/precision/float_product.h"
#include "core/precision/narrow_product.h"
#include "core/precision/round_tensor.h"
#include "core/precision/strict_arithmetic.h"
#include "core/precision/target_clones.h"
#include "core/precision/tile_product.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

namespace halfwave {
namespace {

// One row of the product; `a` has the row's inner index at `stride`, `b` is (inner, columns).
HALFWAVE_CLONES void strict_row(const float* a, std::int64_t stride, const float* b, float* c,
                                std::int64_t inner, std::int64_t columns, StrictArithmetic strict) {
  for (std::int64_t j = 0; j < columns; ++j) c[j] = 0.0f;
  for (std::int64_t k = 0; k < inner; ++k) {
    const float factor = a[k * stride];
    const float* row = b + k * columns;
    for (std::int64_t j = 0; j < columns; ++j) c[j] = strict.accumulate(c[j], factor, row[j]);
  }
}

HALFWAVE_CLONES void strict_add(const float* bias, float* c, std::int64_t columns, StrictArithmetic strict) {
  for (std::int64_t j = 0; j < columns; ++j) c[j] = strict.add(c[j], bias[j]);
}

at::Tensor strict_product(const at::Tensor& a, const at::Tensor& b, Format format, const at::Tensor& bias) {
  if (!a.is_cpu()) throw RunError("Strict accumulation is computed on the CPU only; use fp32 accumulation.");
  const at::Tensor left = a.to(at::kFloat);
  const at::Tensor right = b.to(at::kFloat).contiguous();
  const bool shared_left = left.dim() == 2;
  const bool batched = right.dim() == 3;
  const auto batch = batched ? right.size(0) : 1;
  const auto rows = left.size(-2), inner = left.size(-1), columns = right.size(-1);
  at::Tensor result = batched ? at::empty({batch, rows, columns}, right.options())
                              : at::empty({rows, columns}, right.options());
  at::Tensor addend;
  if (bias.defined()) addend = bias.to(at::kFloat).contiguous();

  const float* a_data = left.const_data_ptr<float>();
  const float* b_data = right.const_data_ptr<float>();
  const float* bias_data = addend.defined() ? addend.const_data_ptr<float>() : nullptr;
  float* c_data = result.mutable_data_ptr<float>();
  const auto batch_stride = shared_left ? 0 : left.stride(0);
  const auto row_stride = left.stride(-2), inner_stride = left.stride(-1);
  const StrictArithmetic strict{RoundToFormat::of(facts(format))};
  const std::int64_t grain = 1 + 65536 / (1 + inner * columns);
  at::parallel_for(0, batch * rows, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t index = begin; index < end; ++index) {
      const std::int64_t item = index / rows, row = index % rows;
      float* c = c_data + index * columns;
      strict_row(a_data + item * batch_stride + row * row_stride, inner_stride,
                 b_data + item * inner * columns, c, inner, columns, strict);
      if (bias_data != nullptr) strict_add(bias_data, c, columns, strict);
    }
  });
  return result;
}

// The product by Halfwave's own kernel; undefined where that does not fit.
at::Tensor float_product(const at::Tensor& a, const at::Tensor& factor, const at::Tensor& bias,
                         double scale) {
  // A small transposed matrix, as a layer's weight is, costs nothing to lay out anew.
  const bool small = factor.dim() == 2 && factor.numel() <= 65536;
  const at::Tensor b = small ? factor.contiguous() : factor;
  const bool batched = b.dim() > 2;
  const bool floats = a.scalar_type() == at::kFloat && b.scalar_type() == at::kFloat &&
                      (!bias.defined() || (bias.scalar_type() == at::kFloat && bias.is_contiguous()));
  const bool in_lines = b.stride(-1) == 1 || (batched && b.stride(-2) == 1);
  if (!floats || !a.is_cpu() || !b.is_cpu() || !in_lines) return {};
  FloatProduct product{a.const_data_ptr<float>(),
                       a.dim() == 3 ? a.stride(0) : 0,
                       a.stride(-2),
                       a.stride(-1),
                       b.const_data_ptr<float>(),
                       batched ? b.stride(0) : 0,
                       b.stride(-2),
                       b.stride(-1),
                       b.dim() == 4 ? b.size(1) : 1,
                       b.dim() == 4 ? b.stride(1) : 0,
                       nullptr,
                       bias.defined() ? bias.const_data_ptr<float>() : nullptr,
                       static_cast<float>(scale),
                       batched ? b.size(0) : 1,
                       a.size(-2),
                       a.size(-1),
                       b.size(-1)};
  if (!can_compute(product)) return {};
  at::Tensor c = batched ? at::empty({product.batch, product.rows, product.columns}, b.options())
                         : at::empty({product.rows, product.columns}, b.options());
  product.c = c.mutable_data_ptr<float>();
  if (c.numel() > 0) compute(product);
  return c;
}

at::Tensor joined(const at::Tensor& b) {
  return b.dim() == 4 ? b.flatten(1, 2) : b;
}

at::Tensor plain_product(const at::Tensor& a, const at::Tensor& factor, const at::Tensor& bias,
                         double scale) {
  if (at::Tensor c = float_product(a, factor, bias, scale); c.defined()) return c;
  const at::Tensor b = joined(factor);
  if (b.dim() == 2) {
    if (bias.defined()) return at::addmm(bias, a, b, 1.0, scale);
    return scale == 1.0 ? at::mm(a, b)
                        : at::empty({a.size(0), b.size(1)}, b.options()).addmm_(a, b, 0.0, scale);
  }
  const at::Tensor left = a.dim() == 2 ? a.unsqueeze(0).expand({b.size(0), -1, -1}) : a;
  if (bias.defined()) return at::baddbmm(bias, left, b, 1.0, scale);
  if (scale == 1.0) return at::bmm(left, b);
  // With a factor of 0 what lies in the fresh memory is not read.
  return at::empty({b.size(0), left.size(1), b.size(2)}, b.options()).baddbmm_(left, b, 0.0, scale);
}

}  // namespace

bool rounds_every_step(Arithmetic arithmetic) {
  return arithmetic.strict && arithmetic.format != Format::fp32 && arithmetic.format != Format::fp64;
}

at::Tensor matrix_product(const at::Tensor& a, const at::Tensor& b, Arithmetic arithmetic,
                          const at::Tensor& bias, double scale) {
  if (rounds_every_step(arithmetic) && scale != 1.0)
    throw RunError("A strict product takes no scale: it would have to be a rounding of its own.");
  if (rounds_every_step(arithmetic))
    return finish(strict_product(a, joined(b), arithmetic.format, bias), arithmetic);
  if (dispatch::computes(a, arithmetic)) return dispatch::product(a, b, bias, scale, arithmetic.format);
  const Format format = arithmetic.format;
  if (tile_kind(arithmetic) == TileKind::bf16_pairs && takes_narrow_product(a, b, format))
    return narrow_product(a, b, bias, scale, arithmetic);
  if (!arithmetic.native && facts(format).storage_bits == 16) {
    if (takes_narrow_product(a, b, format)) return narrow_product(a, b, bias, scale, arithmetic);
    const at::Tensor addend = bias.defined() ? rounded_copy(bias, format) : bias;
    return finish(plain_product(rounded_copy(a, format), rounded_copy(b, format), addend, scale), arithmetic);
  }
  return finish(plain_product(a, b, bias, scale), arithmetic);
}

}  // namespace halfwave
