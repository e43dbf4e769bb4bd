#include "core/precision/stage_math.h"

#include "core/device/memory_meter.h"
#include "core/precision/native.h"
#include "core/precision/round_tensor.h"

#include <ATen/ATen.h>

namespace halfwave {
namespace {

bool is_narrow(Format format) {
  return facts(format).storage_bits < 32;
}

at::ScalarType working_type(Format format) {
  return format == Format::fp64 ? at::kDouble : at::kFloat;
}

// Conversion to LibTorch's 8-bit types does not saturate as the formats here do, so values are rounded first.
at::Tensor to_storage(const at::Tensor& x, Format format) {
  const auto type = tensor_type(format);
  if (facts(format).saturates) return rounded_copy(x, format).to(type);
  return x.to(type);
}

}  // namespace

Arithmetic Arithmetic::of(Format format, const at::Device& device) {
  return {format, device.is_cpu() ? cpu_computes(format) : false};
}

at::Tensor as_operand(const at::Tensor& x, Arithmetic arithmetic) {
  const Format format = arithmetic.format;
  if (facts(format).storage_bits == 16 || (arithmetic.native && is_narrow(format)))
    return x.to(tensor_type(format));
  if (format == Format::fp64 || format == Format::fp32) {
    // Values already carried in double keep it: the rounding to fp32 then is the whole conversion.
    if (x.scalar_type() == at::kDouble && format == Format::fp32) return x.to(at::kFloat).to(at::kDouble);
    return x.scalar_type() == at::kDouble ? x : x.to(working_type(format));
  }
  return rounded_copy(x, format);
}

at::Tensor finish(at::Tensor y, Arithmetic arithmetic) {
  const Format format = arithmetic.format;
  if (format == Format::fp64 || format == Format::fp32) return y;
  if (y.scalar_type() != at::kFloat) return y;
  if (facts(format).storage_bits == 16 || (arithmetic.native && is_narrow(format)))
    return y.to(tensor_type(format));
  if (!y.is_contiguous()) y = y.contiguous();
  round_in_place(y, format);
  return y;
}

at::Tensor pack_saved(const at::Tensor& x, Format format) {
  at::Tensor packed = x;
  if (is_narrow(format) && x.scalar_type() != tensor_type(format)) {
    MemoryScope scope(MemoryCategory::saved_activations);
    packed = to_storage(x, format);
  } else {
    recategorize(packed, MemoryCategory::saved_activations);
  }
  return packed;
}

at::Tensor in_working_type(const at::Tensor& x) {
  return x.scalar_type() == at::kDouble ? x : x.to(at::kFloat);
}

Arithmetic StageContext::arithmetic(Stage stage, const at::Tensor& x) const {
  Arithmetic arithmetic = Arithmetic::of(policy[stage], x.device());
  arithmetic.strict = policy.accumulation == Accumulation::strict;
  if (arithmetic.strict && is_narrow(arithmetic.format)) arithmetic.native = false;
  return arithmetic;
}

Arithmetic StageContext::gradient_arithmetic(Stage stage, const at::Tensor& x) const {
  if (policy.fp32_gradients && policy[stage] != Format::fp64) return Arithmetic::of(Format::fp32, x.device());
  return arithmetic(stage, x);
}

at::Tensor StageContext::carried(const at::Tensor& result) const {
  const bool narrow = result.scalar_type() != at::kDouble && result.scalar_type() != at::kFloat;
  return policy.fp32_gradients && narrow ? result.to(at::kFloat) : result;
}

at::Tensor sum_over_points(const at::Tensor& x) {
  const auto type = x.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  return x.flatten(0, -2).sum(0, false, type);
}

}  // namespace halfwave
