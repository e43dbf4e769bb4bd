#include "core/precision/stabilizer_kernels.h"

#include "core/precision/chunks.h"
#include "core/precision/exponential.h"
#include "core/precision/target_clones.h"

#include <ATen/ATen.h>

namespace halfwave {
namespace {

// For |x| ≤ 5/8 x + x³ P(x²), P fitted for the least relative error (5·10⁻⁹), since the other form cancels
// there; beyond, 1 − 2e / (1 + e) with e = exp(−2|x|).
inline float tanh_of(float x) {
  const float magnitude = x < 0.0F ? -x : x;
  const float z = x * x;
  float p = -0.00570498F;
  p = p * z + 0.02063908F;
  p = p * z - 0.05373971F;
  p = p * z + 0.13331442F;
  p = p * z - 0.33333282F;
  const float small = x + x * z * p;
  const float twice = 2.0F * magnitude;
  const float e = decay(twice < 87.0F ? twice : 87.0F);
  const float large = 1.0F - 2.0F * e / (1.0F + e);
  const float with_sign = x < 0.0F ? -large : large;
  const float result = magnitude > 0.625F ? with_sign : small;
  return x != x ? x : result;
}

HALFWAVE_CLONES void tanh_span(const float* x, float* y, std::int64_t count) {
#pragma GCC ivdep
  for (std::int64_t i = 0; i < count; ++i) y[i] = tanh_of(x[i]);
}

HALFWAVE_CLONES void tanh_backward_span(const float* g, const float* x, float* gx, std::int64_t count) {
#pragma GCC ivdep
  for (std::int64_t i = 0; i < count; ++i) {
    const float t = tanh_of(x[i]);
    gx[i] = g[i] * (1.0F - t * t);
  }
}

}  // namespace

at::Tensor tanh_kernel(const at::Tensor& x, Format format) {
  return map_chunks<Reading::own>(x, format, tanh_span);
}

at::Tensor tanh_backward_kernel(const at::Tensor& gradient, const at::Tensor& x, Format format) {
  return map_chunks<Reading::own>(gradient, x, format, tanh_backward_span);
}

}  // namespace halfwave
