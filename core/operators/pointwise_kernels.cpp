#include "core/operators/pointwise_kernels.h"

#include "core/precision/chunks.h"
#include "core/precision/exponential.h"
#include "core/precision/target_clones.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <vector>

namespace halfwave {
namespace {

constexpr std::int64_t chunk = chunk_values;
constexpr std::int64_t grain = chunk_grain;

// The loops below may read and write the same values, never shifted ones: that is what ivdep says.

/// Φ on the negative side and the exponential that its derivative needs as well.
struct NormalTail {
  float tail;         ///< Φ(−|x|)
  float exponential;  ///< exp(−x²/2)
};

// Φ(−|x|) = exp(−x²/2) · Q(t), t = 1 / (1 + 0.23 |x|). Q is a polynomial fitted for the least relative error
// on |x| ≤ 14 (5·10⁻⁸).
inline NormalTail normal_tail(float x) {
  const float magnitude = x < 0.0F ? -x : x;
  const float half_square = 0.5F * magnitude * magnitude;
  const float e = decay(half_square < 87.0F ? half_square : 87.0F);
  const float t = 1.0F / (1.0F + 0.23F * magnitude);
  float q = -7.846816980e-2F;
  q = q * t + 2.904175572e-1F;
  q = q * t - 2.781339559e-1F;
  q = q * t + 3.014806892e-1F;
  q = q * t - 3.292558410e-2F;
  q = q * t + 1.195163290e-1F;
  q = q * t + 8.576234034e-2F;
  q = q * t + 9.237853750e-2F;
  q = q * t - 2.776721039e-5F;
  return {q * e, e};
}

inline float distribution(float x, float tail) {
  return x < 0.0F ? tail : 1.0F - tail;
}

HALFWAVE_CLONES void gelu_span(const float* x, float* y, std::int64_t count) {
#pragma GCC ivdep
  for (std::int64_t i = 0; i < count; ++i) y[i] = x[i] * distribution(x[i], normal_tail(x[i]).tail);
}

HALFWAVE_CLONES void gelu_backward_span(const float* g, const float* x, float* gx, std::int64_t count) {
#pragma GCC ivdep
  for (std::int64_t i = 0; i < count; ++i) {
    const NormalTail n = normal_tail(x[i]);
    gx[i] = g[i] * (distribution(x[i], n.tail) + x[i] * (0.398942280F * n.exponential));
  }
}

HALFWAVE_CLONES void sum_span(const float* x, const float* y, float* z, std::int64_t count) {
#pragma GCC ivdep
  for (std::int64_t i = 0; i < count; ++i) z[i] = x[i] + y[i];
}

HALFWAVE_CLONES void gate_rows(const float* x, const float* w, float* y, std::int64_t rows,
                               std::int64_t channels) {
  for (std::int64_t r = 0; r < rows; ++r)
#pragma GCC ivdep
    for (std::int64_t c = 0; c < channels; ++c) y[r * channels + c] = x[r * channels + c] * w[c];
}

HALFWAVE_CLONES void add_products(const float* g, const float* x, float* sums, std::int64_t rows,
                                  std::int64_t channels) {
  for (std::int64_t r = 0; r < rows; ++r)
#pragma GCC ivdep
    for (std::int64_t c = 0; c < channels; ++c) sums[c] += g[r * channels + c] * x[r * channels + c];
}

}  // namespace

bool kernels_take(const at::Tensor& tensor) {
  return has_chunks(tensor) && tensor.dim() > 0 && tensor.size(-1) <= chunk;
}

at::Tensor gelu_kernel(const at::Tensor& x, Format format) {
  return map_chunks<Reading::rounded>(x, format, gelu_span);
}

at::Tensor gelu_backward_kernel(const at::Tensor& gradient, const at::Tensor& x, Format format) {
  return map_chunks<Reading::rounded>(gradient, x, format, gelu_backward_span);
}

at::Tensor sum_kernel(const at::Tensor& x, const at::Tensor& y, Format format) {
  return map_chunks<Reading::rounded>(x, y, format, sum_span);
}

at::Tensor gate_kernel(const at::Tensor& x, const at::Tensor& weight, Format format) {
  const std::int64_t channels = x.size(-1);
  at::Tensor y = result_like(x, format);
  const ChunkCarrier carrier(format, y);
  float rounded_weight[chunk];
  const float* w = carrier.operand(ChunkedField(weight), 0, channels, rounded_weight);
  const ChunkedField from(x);
  for_chunks(x.numel(), channels, [&](std::int64_t begin, std::int64_t count) {
    float buffer[chunk];
    float* to = carrier.target(begin, buffer);
    gate_rows(carrier.operand(from, begin, count, to), w, to, count / channels, channels);
    carrier.finish(to, begin, count);
  });
  return y;
}

at::Tensor gate_weight_gradient(const at::Tensor& gradient, const at::Tensor& x, Format format) {
  const std::int64_t channels = x.size(-1);
  at::Tensor result = at::empty({channels}, x.options().dtype(at::kFloat).requires_grad(false));
  const ChunkCarrier carrier(format, result);
  const ChunkedField g(gradient), from(x);
  // One row of sums a chunk, so that the result does not depend on the number of threads.
  const std::int64_t rows = x.numel() / channels, rows_a_chunk = std::max<std::int64_t>(1, chunk / channels);
  const std::int64_t chunks = (rows + rows_a_chunk - 1) / rows_a_chunk;
  std::vector<float> partial(static_cast<std::size_t>(chunks * channels), 0.0F);
  at::parallel_for(0, chunks, grain / chunk, [&](std::int64_t first, std::int64_t last) {
    float g_buffer[chunk], x_buffer[chunk];
    for (std::int64_t i = first; i < last; ++i) {
      const std::int64_t begin = i * rows_a_chunk * channels;
      const std::int64_t count = std::min(rows_a_chunk, rows - i * rows_a_chunk) * channels;
      add_products(carrier.operand(g, begin, count, g_buffer), carrier.operand(from, begin, count, x_buffer),
                   partial.data() + i * channels, count / channels, channels);
    }
  });
  std::vector<double> sums(static_cast<std::size_t>(channels), 0.0);
  for (std::size_t i = 0; i < partial.size(); ++i) sums[i % sums.size()] += partial[i];
  std::copy(sums.begin(), sums.end(), result.mutable_data_ptr<float>());
  return result;
}

}  // namespace halfwave
