#include "core/operators/pointwise_kernels.h"

#include "core/precision/rounding.h"
#include "core/precision/target_clones.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <vector>

namespace halfwave {
namespace {

constexpr std::int64_t chunk = 2048;  // values that stay in the first-level cache between two loops
constexpr std::int64_t grain = 32768;

// The loops below may read and write the same values, never shifted ones: that is what ivdep says.

/// Φ on the negative side and the exponential that its derivative needs as well.
struct NormalTail {
  float tail;         ///< Φ(−|x|)
  float exponential;  ///< exp(−x²/2)
};

// exp(−y) for y in [0, 87]: 2⁻ⁿ times a Taylor polynomial on |r| ≤ ln 2 / 2.
inline float decay(float y) {
  constexpr float shift = 12582912.0F;  // 1.5 · 2²³: adding it rounds to a whole number
  const float shifted = y * 1.44269504F + shift;
  const float n = shifted - shift;
  const float r = (y - n * 0.693359375F) + n * 2.12194440e-4F;
  float p = -1.98412698e-4F;
  p = p * r + 1.38888889e-3F;
  p = p * r - 8.33333333e-3F;
  p = p * r + 4.16666667e-2F;
  p = p * r - 1.66666667e-1F;
  p = p * r + 0.5F;
  p = p * r - 1.0F;
  p = p * r + 1.0F;
  const std::uint32_t bits = RoundToFormat::bits_of(shifted) - RoundToFormat::bits_of(shift);
  return p * RoundToFormat::float_of((127U - bits) << 23);
}

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

HALFWAVE_CLONES void round_values(const float* x, float* y, std::int64_t count, RoundToFormat round) {
#pragma GCC ivdep
  for (std::int64_t i = 0; i < count; ++i) y[i] = round(x[i]);
}

/// Rounds operands into a buffer and results in place; does nothing for fp32.
class ChunkRounding {
 public:
  explicit ChunkRounding(Format format) : rounds_(facts(format).mantissa_bits < 23) {
    if (rounds_) round_ = RoundToFormat::of(facts(format));
  }
  const float* operand(const float* x, float* buffer, std::int64_t count) const {
    if (!rounds_) return x;
    round_values(x, buffer, count, round_);
    return buffer;
  }
  void result(float* y, std::int64_t count) const {
    if (rounds_) round_values(y, y, count, round_);
  }

 private:
  bool rounds_;
  RoundToFormat round_{};
};

// Calls work(begin, count) for chunks of whole rows.
template <typename Work>
void for_chunks(std::int64_t total, std::int64_t row, const Work& work) {
  const std::int64_t rows_a_chunk = std::max<std::int64_t>(1, chunk / row);
  at::parallel_for(0, total / row, std::max<std::int64_t>(1, grain / row),
                   [&](std::int64_t begin, std::int64_t end) {
                     for (std::int64_t r = begin; r < end; r += rows_a_chunk)
                       work(r * row, std::min(rows_a_chunk, end - r) * row);
                   });
}

at::Tensor like(const at::Tensor& x) {
  return at::empty(x.sizes(), x.options().requires_grad(false));
}

}  // namespace

bool kernels_take(const at::Tensor& tensor) {
  return tensor.scalar_type() == at::kFloat && tensor.is_cpu() && tensor.is_contiguous() &&
         tensor.dim() > 0 && tensor.size(-1) <= chunk && tensor.numel() > 0;
}

at::Tensor gelu_kernel(const at::Tensor& x, Format format) {
  const ChunkRounding rounding(format);
  at::Tensor y = like(x);
  const float* from = x.const_data_ptr<float>();
  float* to = y.mutable_data_ptr<float>();
  for_chunks(x.numel(), 1, [&](std::int64_t begin, std::int64_t count) {
    gelu_span(rounding.operand(from + begin, to + begin, count), to + begin, count);
    rounding.result(to + begin, count);
  });
  return y;
}

at::Tensor gelu_backward_kernel(const at::Tensor& gradient, const at::Tensor& x, Format format) {
  const ChunkRounding rounding(format);
  at::Tensor result = like(x);
  const float *g = gradient.const_data_ptr<float>(), *from = x.const_data_ptr<float>();
  float* to = result.mutable_data_ptr<float>();
  for_chunks(x.numel(), 1, [&](std::int64_t begin, std::int64_t count) {
    float buffer[chunk];
    gelu_backward_span(rounding.operand(g + begin, to + begin, count),
                       rounding.operand(from + begin, buffer, count), to + begin, count);
    rounding.result(to + begin, count);
  });
  return result;
}

at::Tensor sum_kernel(const at::Tensor& x, const at::Tensor& y, Format format) {
  const ChunkRounding rounding(format);
  at::Tensor z = like(x);
  const float *first = x.const_data_ptr<float>(), *second = y.const_data_ptr<float>();
  float* to = z.mutable_data_ptr<float>();
  for_chunks(x.numel(), 1, [&](std::int64_t begin, std::int64_t count) {
    float buffer[chunk];
    sum_span(rounding.operand(first + begin, to + begin, count),
             rounding.operand(second + begin, buffer, count), to + begin, count);
    rounding.result(to + begin, count);
  });
  return z;
}

at::Tensor gate_kernel(const at::Tensor& x, const at::Tensor& weight, Format format) {
  const ChunkRounding rounding(format);
  const std::int64_t channels = x.size(-1);
  at::Tensor y = like(x);
  float rounded_weight[chunk];
  const float* w = rounding.operand(weight.const_data_ptr<float>(), rounded_weight, channels);
  const float* from = x.const_data_ptr<float>();
  float* to = y.mutable_data_ptr<float>();
  for_chunks(x.numel(), channels, [&](std::int64_t begin, std::int64_t count) {
    gate_rows(rounding.operand(from + begin, to + begin, count), w, to + begin, count / channels, channels);
    rounding.result(to + begin, count);
  });
  return y;
}

at::Tensor gate_weight_gradient(const at::Tensor& gradient, const at::Tensor& x, Format format) {
  const ChunkRounding rounding(format);
  const std::int64_t channels = x.size(-1);
  const float *g = gradient.const_data_ptr<float>(), *from = x.const_data_ptr<float>();
  // One row of sums a chunk, so that the result does not depend on the number of threads.
  const std::int64_t rows = x.numel() / channels, rows_a_chunk = std::max<std::int64_t>(1, chunk / channels);
  const std::int64_t chunks = (rows + rows_a_chunk - 1) / rows_a_chunk;
  std::vector<float> partial(static_cast<std::size_t>(chunks * channels), 0.0F);
  at::parallel_for(0, chunks, grain / chunk, [&](std::int64_t first, std::int64_t last) {
    float g_buffer[chunk], x_buffer[chunk];
    for (std::int64_t i = first; i < last; ++i) {
      const std::int64_t begin = i * rows_a_chunk * channels;
      const std::int64_t count = std::min(rows_a_chunk, rows - i * rows_a_chunk) * channels;
      add_products(rounding.operand(g + begin, g_buffer, count),
                   rounding.operand(from + begin, x_buffer, count), partial.data() + i * channels,
                   count / channels, channels);
    }
  });
  std::vector<double> sums(static_cast<std::size_t>(channels), 0.0);
  for (std::size_t i = 0; i < partial.size(); ++i) sums[i % sums.size()] += partial[i];
  at::Tensor result = at::empty({channels}, x.options().requires_grad(false));
  std::copy(sums.begin(), sums.end(), result.mutable_data_ptr<float>());
  return result;
}

}  // namespace halfwave
