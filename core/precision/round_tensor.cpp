#include "core/precision/round_tensor.h"

#include "core/device/dispatch.h"
#include "core/error.h"
#include "core/precision/spans.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

namespace halfwave {
namespace {

void round_all(const float* src, float* dst, std::int64_t count, Format format) {
  constexpr std::int64_t grain = 32768;
  at::parallel_for(0, count, grain, [&](std::int64_t begin, std::int64_t end) {
    round_span(src + begin, dst + begin, end - begin, format);
  });
}

bool is_exact_in_fp32(Format format) {
  return format == Format::fp32 || format == Format::fp64;
}

}  // namespace

void round_in_place(at::Tensor& tensor, Format format) {
  if (is_exact_in_fp32(format)) return;
  if (tensor.scalar_type() != at::kFloat || !tensor.is_contiguous())
    throw RunError("round_in_place takes contiguous float32 tensors.");
  dispatch::round_in_place(tensor, format);
}

at::Tensor rounded_copy(const at::Tensor& src, Format format) {
  return dispatch::rounded_copy(src, format);
}

void on_cpu::round_in_place(at::Tensor& tensor, Format format) {
  round_all(tensor.const_data_ptr<float>(), tensor.mutable_data_ptr<float>(), tensor.numel(), format);
}

at::Tensor on_cpu::rounded_copy(const at::Tensor& src, Format format) {
  const at::Tensor source = src.to(at::kFloat).contiguous();
  at::Tensor result = at::empty(source.sizes(), source.options());
  if (is_exact_in_fp32(format))
    result.copy_(source);
  else
    round_all(source.const_data_ptr<float>(), result.mutable_data_ptr<float>(), source.numel(), format);
  return result;
}

at::ScalarType tensor_type(Format format) {
  switch (format) {
    case Format::fp64:
      return at::kDouble;
    case Format::bf16:
      return at::kBFloat16;
    case Format::fp16:
      return at::kHalf;
    case Format::fp8_e4m3:
      return at::kFloat8_e4m3fn;
    case Format::fp8_e5m2:
      return at::kFloat8_e5m2;
    case Format::fp32:
    case Format::tf32:
      break;
  }
  return at::kFloat;
}

}  // namespace halfwave
