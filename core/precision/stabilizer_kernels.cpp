#include "core/precision/stabilizer_kernels.h"

#include "core/device/dispatch.h"
#include "core/precision/chunks.h"
#include "core/precision/tanh_element.h"
#include "core/precision/target_clones.h"

#include <ATen/ATen.h>

namespace halfwave {
namespace {

HALFWAVE_CLONES void tanh_span(const float* x, float* y, std::int64_t count) {
#pragma GCC ivdep
  for (std::int64_t i = 0; i < count; ++i) y[i] = tanh_of(x[i]);
}

HALFWAVE_CLONES void tanh_backward_span(const float* g, const float* x, float* gx, std::int64_t count) {
#pragma GCC ivdep
  for (std::int64_t i = 0; i < count; ++i) gx[i] = tanh_gradient_of(g[i], x[i]);
}

}  // namespace

at::Tensor tanh_kernel(const at::Tensor& x, Format format) {
  return dispatch::tanh(x, format);
}

at::Tensor tanh_backward_kernel(const at::Tensor& gradient, const at::Tensor& x, Format format) {
  return dispatch::tanh_backward(gradient, x, format);
}

at::Tensor on_cpu::tanh(const at::Tensor& x, Format format) {
  return map_chunks<Reading::own>(x, format, tanh_span);
}

at::Tensor on_cpu::tanh_backward(const at::Tensor& gradient, const at::Tensor& x, Format format) {
  return map_chunks<Reading::own>(gradient, x, format, tanh_backward_span);
}

}  // namespace halfwave
