#include "core/operators/pointwise_kernels.h"

#include "core/device/dispatch.h"
#include "core/operators/pointwise_spans.h"
#include "core/operators/word_spans.h"
#include "core/precision/chunks.h"
#include "core/precision/tile_product.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <vector>

namespace halfwave {
namespace {

constexpr std::int64_t chunk = chunk_values;
constexpr std::int64_t grain = chunk_grain;

}  // namespace

bool kernels_take(const at::Tensor& tensor) {
  return has_plain_values(tensor) && tensor.dim() > 0 && tensor.size(-1) <= chunk;
}

at::Tensor gelu_kernel(const at::Tensor& x, Format format) {
  return dispatch::gelu(x, format);
}

at::Tensor on_cpu::gelu(const at::Tensor& x, Format format) {
  // Where chains carry words, the same function as theirs.
  if (format == Format::bf16 && tile_kind(Arithmetic::of(format, x.device())) == TileKind::bf16_pairs)
    return map_chunks<Reading::rounded>(x, format, [](const float* from, float* to, std::int64_t count) {
      std::uint16_t words[chunk];
      narrow_span(from, words, count, Format::bf16);
      gelu_words(words, words, count);
      widen_span(words, to, count, Format::bf16);
    });
  return map_chunks<Reading::rounded>(x, format, gelu_span);
}

at::Tensor gelu_backward_kernel(const at::Tensor& gradient, const at::Tensor& x, Format format) {
  return dispatch::gelu_backward(gradient, x, format);
}

at::Tensor on_cpu::gelu_backward(const at::Tensor& gradient, const at::Tensor& x, Format format) {
  return map_chunks<Reading::rounded>(gradient, x, format, gelu_backward_span);
}

at::Tensor sum_kernel(const at::Tensor& x, const at::Tensor& y, Format format) {
  return dispatch::sum(x, y, format);
}

at::Tensor on_cpu::sum(const at::Tensor& x, const at::Tensor& y, Format format) {
  return map_chunks<Reading::rounded>(x, y, format, sum_span);
}

at::Tensor gate_kernel(const at::Tensor& x, const at::Tensor& weight, Format format) {
  return dispatch::gate(x, weight, format);
}

at::Tensor on_cpu::gate(const at::Tensor& x, const at::Tensor& weight, Format format) {
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
  return dispatch::gate_weight_gradient(gradient, x, format);
}

at::Tensor on_cpu::gate_weight_gradient(const at::Tensor& gradient, const at::Tensor& x, Format format) {
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
