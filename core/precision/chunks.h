#pragma once

#include "core/precision/round_tensor.h"
#include "core/precision/spans.h"

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <algorithm>

namespace halfwave {

// For functions of each value of a field that go over memory once: fields are brought to a stage's format in
// chunks that stay in the first-level cache, and so are results.

constexpr std::int64_t chunk_values = 2048;
constexpr std::int64_t chunk_grain = 32768;  ///< values worth a thread of their own

/// Whether every device that computes has kernels for a tensor: contiguous, float32, fp16 or bf16, on a CPU
/// or a CUDA card.
inline bool has_plain_values(const at::Tensor& x) {
  const auto type = x.scalar_type();
  const bool known = type == at::kFloat || type == at::kHalf || type == at::kBFloat16;
  return known && (x.is_cpu() || x.is_cuda()) && x.is_contiguous() && x.numel() > 0;
}

/// Whether it can be read in chunks, which the CPU does.
inline bool has_chunks(const at::Tensor& x) {
  return x.is_cpu() && has_plain_values(x);
}

/// A field that `has_chunks`.
struct ChunkedField {
  explicit ChunkedField(const at::Tensor& x)
      : data(static_cast<const char*>(x.const_data_ptr())),
        own(x.scalar_type() == at::kHalf       ? Format::fp16
            : x.scalar_type() == at::kBFloat16 ? Format::bf16
                                               : Format::fp32) {}
  const char* data;
  Format own;
};

/// What carries the values of `format` between stages: a tensor of a 16-bit type, else float32.
inline at::Tensor result_like(const at::Tensor& x, Format format) {
  const auto type = facts(format).storage_bits == 16 ? tensor_type(format) : at::kFloat;
  return at::empty(x.sizes(), x.options().dtype(type).requires_grad(false));
}

/// Whether a function sees the values of its fields as they are, or rounded to the format.
enum class Reading : std::uint8_t { own, rounded };

/// Brings chunks of fields to the format, and results back to memory.
class ChunkCarrier {
 public:
  ChunkCarrier(Format format, const at::Tensor& result)
      : format_(format),
        rounds_(facts(format).mantissa_bits < 23),
        narrow_(result.scalar_type() != at::kFloat),
        result_(static_cast<char*>(result.mutable_data_ptr())) {}

  /// The field's own values: in `buffer`, or where they lie already.
  const float* values(const ChunkedField& x, std::int64_t begin, std::int64_t count, float* buffer) const {
    if (x.own == Format::fp32) return reinterpret_cast<const float*>(x.data) + begin;
    widen_span(x.data + 2 * begin, buffer, count, x.own);
    return buffer;
  }
  /// The same, rounded to the format.
  const float* operand(const ChunkedField& x, std::int64_t begin, std::int64_t count, float* buffer) const {
    const float* own = values(x, begin, count, buffer);
    if (!rounds_ || x.own == format_) return own;
    round_span(own, buffer, count, format_);
    return buffer;
  }
  template <Reading reading>
  const float* read(const ChunkedField& x, std::int64_t begin, std::int64_t count, float* buffer) const {
    return reading == Reading::own ? values(x, begin, count, buffer) : operand(x, begin, count, buffer);
  }
  /// Where to compute a chunk of the result.
  float* target(std::int64_t begin, float* buffer) const {
    return narrow_ ? buffer : reinterpret_cast<float*>(result_) + begin;
  }
  void finish(float* computed, std::int64_t begin, std::int64_t count) const {
    if (narrow_)
      narrow_span(computed, result_ + 2 * begin, count, format_);
    else if (rounds_)
      round_span(computed, computed, count, format_);
  }

 private:
  Format format_;
  bool rounds_, narrow_;
  char* result_;
};

/// Calls work(begin, count) for chunks of whole rows.
template <typename Work>
void for_chunks(std::int64_t total, std::int64_t row, const Work& work) {
  const std::int64_t rows_a_chunk = std::max<std::int64_t>(1, chunk_values / row);
  at::parallel_for(0, total / row, std::max<std::int64_t>(1, chunk_grain / row),
                   [&](std::int64_t begin, std::int64_t end) {
                     for (std::int64_t r = begin; r < end; r += rows_a_chunk)
                       work(r * row, std::min(rows_a_chunk, end - r) * row);
                   });
}

/// span(x, y, count) for every chunk of a field, the result in the format.
template <Reading reading, typename Span>
at::Tensor map_chunks(const at::Tensor& x, Format format, Span span) {
  at::Tensor y = result_like(x, format);
  const ChunkCarrier carrier(format, y);
  const ChunkedField from(x);
  for_chunks(x.numel(), 1, [&](std::int64_t begin, std::int64_t count) {
    float buffer[chunk_values];
    float* to = carrier.target(begin, buffer);
    span(carrier.read<reading>(from, begin, count, to), to, count);
    carrier.finish(to, begin, count);
  });
  return y;
}

/// span(x, y, z, count) for every chunk of two fields of the same shape, the result in the format.
template <Reading reading, typename Span>
at::Tensor map_chunks(const at::Tensor& x, const at::Tensor& y, Format format, Span span) {
  at::Tensor z = result_like(x, format);
  const ChunkCarrier carrier(format, z);
  const ChunkedField first(x), second(y);
  for_chunks(x.numel(), 1, [&](std::int64_t begin, std::int64_t count) {
    float buffer[chunk_values], second_buffer[chunk_values];
    float* to = carrier.target(begin, buffer);
    span(carrier.read<reading>(first, begin, count, to),
         carrier.read<reading>(second, begin, count, second_buffer), to, count);
    carrier.finish(to, begin, count);
  });
  return z;
}

}  // namespace halfwave
