#include "core/precision/narrow_product.h"

#include "core/precision/float_product.h"
#include "core/precision/narrow_factor.h"
#include "core/precision/round_tensor.h"
#include "core/precision/spans.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace halfwave {
namespace {

constexpr std::int64_t strip = 64;  // columns of a task of a batched product
constexpr std::int64_t row_block = 384;
constexpr std::int64_t inner_block = 512;     // of a sum that threads share
constexpr std::int64_t block_values = 32768;  // of one factor, in the second-level cache

std::int64_t padded(std::int64_t columns) {
  return (columns + 15) / 16 * 16;
}

/// A result of values of the format, (batch, rows, columns), contiguous.
struct Result {
  char* data;
  bool wide;  ///< float32
  Format format;
  std::int64_t rows, columns;

  std::int64_t place(std::int64_t item, std::int64_t row, std::int64_t column) const {
    return (item * rows + row) * columns + column;
  }

  void store(const float* from, std::int64_t width, std::int64_t place, std::int64_t count,
             std::int64_t used) const {
    if (width == used && used == columns) return put(from, place, count * used);
    for (std::int64_t r = 0; r < count; ++r) put(from + r * width, place + r * columns, used);
  }

 private:
  void put(const float* from, std::int64_t place, std::int64_t count) const {
    if (wide)
      round_span(from, reinterpret_cast<float*>(data) + place, count, format);
    else
      narrow_span(from, data + 2 * place, count, format);
  }
};

std::vector<float> padded_bias(const at::Tensor& bias, Format format, std::int64_t columns) {
  if (!bias.defined()) return {};
  const at::Tensor values = rounded_copy(bias, format);
  std::vector<float> result(static_cast<std::size_t>(columns), 0.0F);
  std::memcpy(result.data(), values.const_data_ptr<float>(), values.nbytes());
  return result;
}

/// What all tasks of a product share.
struct Job {
  const NarrowFactor& a;
  const NarrowFactor& b;
  const Result& result;
  TileKind kind;
  std::int64_t batch, rows, inner, columns;
  const float* bias;  ///< padded
  float scale;

  /// Elements of the kind in so many values of the inner axis.
  std::int64_t elements(std::int64_t values) const {
    return kind == TileKind::bf16_pairs ? (values + 1) / 2 : values;
  }

  /// Rows of one item by a strip of columns: computed and stored. `right` has rows of padded columns.
  void compute(const FactorBlock& left, const float* right, std::int64_t item, std::int64_t row,
               std::int64_t count, std::int64_t column, std::int64_t used) const {
    const std::int64_t width = padded(used), place = result.place(item, row, column);
    TileProduct product{left.data, left.row, left.column,     right,
                        width,     nullptr,  width,           bias != nullptr ? bias + column : nullptr,
                        scale,     count,    elements(inner), width,
                        false};
    // Pairs are multiplied by a kernel that rounds as well.
    const bool direct = kind == TileKind::bf16_pairs && used == width;
    if (direct && result.wide) {
      product.c = reinterpret_cast<float*>(result.data) + place;
      product.c_row = columns;
      product.rounds = true;
      return multiply(kind, product);
    }
    product.c = thread_words(1, count * width);
    if (direct) {
      product.words = reinterpret_cast<std::uint16_t*>(result.data) + place;
      product.words_row = columns;
      return multiply(kind, product);
    }
    multiply(kind, product);
    result.store(product.c, width, place, count, used);
  }
};

// Tasks are strips of columns of one item.
void by_item(const Job& job) {
  const std::int64_t strips = (job.columns + strip - 1) / strip, inner = job.elements(job.inner);
  const bool shared = job.a.shared();
  std::vector<float> shared_left(static_cast<std::size_t>(shared ? job.rows * inner : 0));
  FactorBlock whole{};
  if (shared) whole = job.a.left(0, 0, job.rows, 0, job.inner, shared_left.data());
  const std::int64_t work = 1 + job.rows * std::min(job.columns, strip) * (1 + inner);
  at::parallel_for(0, job.batch * strips, 1 + 262144 / work, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t task = begin; task < end; ++task) {
      const std::int64_t item = task / strips, column = task % strips * strip;
      const std::int64_t columns = std::min(strip, job.columns - column), width = padded(columns);
      float* right = thread_words(0, inner * width);
      job.b.right(item, 0, job.inner, column, columns, width, right);
      float* memory = shared ? nullptr : thread_words(2, std::min(job.rows, row_block) * inner);
      for (std::int64_t row = 0; row < job.rows; row += row_block) {
        const std::int64_t rows = std::min(row_block, job.rows - row);
        const FactorBlock left = shared ? FactorBlock{whole.data + row * whole.row, whole.row, whole.column}
                                        : job.a.left(item, row, rows, 0, job.inner, memory);
        job.compute(left, right, item, row, rows, column, columns);
      }
    }
  });
}

// Many rows meet one right factor.
void by_rows(const Job& job) {
  const std::int64_t width = padded(job.columns), inner = job.elements(job.inner);
  std::vector<float> right(static_cast<std::size_t>(inner * width));
  job.b.right(0, 0, job.inner, 0, job.columns, width, right.data());
  const std::int64_t most = std::clamp<std::int64_t>(block_values / std::max(inner, width), 8, row_block);
  at::parallel_for(0, (job.rows + most - 1) / most, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t block = begin; block < end; ++block) {
      const std::int64_t row = block * most, rows = std::min(most, job.rows - row);
      const FactorBlock left = job.a.left(0, row, rows, 0, job.inner, thread_words(2, rows * inner));
      job.compute(left, right.data(), 0, row, rows, 0, job.columns);
    }
  });
}

// Few entries and a long sum, as in the gradient of a weight: threads share the inner index.
void by_inner(const Job& job) {
  const std::int64_t width = padded(job.columns), entries = job.rows * width;
  const auto threads = static_cast<std::int64_t>(at::get_num_threads());
  const std::int64_t blocks = (job.inner + inner_block - 1) / inner_block;
  const std::int64_t chunk = (blocks + threads - 1) / threads * inner_block;
  std::vector<float> sums(static_cast<std::size_t>(entries * threads), 0.0F);
  at::parallel_for(0, threads, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t t = begin; t < end; ++t) {
      float* total = sums.data() + t * entries;
      const std::int64_t last = std::min(job.inner, (t + 1) * chunk);
      for (std::int64_t k = t * chunk; k < last; k += inner_block) {
        const std::int64_t values = std::min(inner_block, last - k), inner = job.elements(values);
        float* right = thread_words(0, inner * width);
        job.b.right(0, k, values, 0, job.columns, width, right);
        const FactorBlock left = job.a.left(0, 0, job.rows, k, values, thread_words(2, inner * job.rows));
        multiply(job.kind, {left.data, left.row, left.column, right, width, total, width, nullptr, 1.0F,
                            job.rows, inner, width, true});
      }
    }
  });
  for (std::int64_t i = 0; i < entries; ++i) {
    float sum = 0.0F;
    for (std::int64_t t = 0; t < threads; ++t) sum += sums[static_cast<std::size_t>(t * entries + i)];
    sums[static_cast<std::size_t>(i)] = job.scale * sum + (job.bias != nullptr ? job.bias[i % width] : 0.0F);
  }
  job.result.store(sums.data(), width, 0, job.rows, job.columns);
}

bool is_factor(const at::Tensor& x, Format format) {
  const bool one_axis_contiguous = x.stride(-1) == 1 || x.stride(-2) == 1;
  return x.is_cpu() && one_axis_contiguous &&
         (x.scalar_type() == tensor_type(format) || x.scalar_type() == at::kFloat);
}

}  // namespace

bool takes_narrow_product(const at::Tensor& a, const at::Tensor& b, Format format) {
  if (facts(format).storage_bits != 16 || a.numel() == 0 || b.numel() == 0) return false;
  FloatProduct any{};
  any.columns = 16;
  return can_compute(any) && is_factor(a, format) && is_factor(b, format);
}

at::Tensor narrow_product(const at::Tensor& a, const at::Tensor& b, const at::Tensor& bias, double scale,
                          Arithmetic arithmetic, bool wide_result) {
  const Format format = arithmetic.format;
  const TileKind kind = tile_kind(arithmetic);
  // A pair does not reach from one part into the next.
  if (kind == TileKind::bf16_pairs && b.dim() == 4 && b.size(2) % 2 != 0)
    return narrow_product(a, b.flatten(1, 2), bias, scale, arithmetic, wide_result);
  const bool batched = b.dim() > 2;
  const auto rows = a.size(-2), columns = b.size(-1);
  const auto options = b.options().dtype(wide_result ? at::kFloat : tensor_type(format)).requires_grad(false);
  at::Tensor c =
      batched ? at::empty({b.size(0), rows, columns}, options) : at::empty({rows, columns}, options);
  const auto addend = padded_bias(bias, format, padded(columns));
  const NarrowFactor left(a, format, kind), right(b, format, kind);
  const Result result{static_cast<char*>(c.mutable_data_ptr()), wide_result, format, rows, columns};
  const Job job{left,
                right,
                result,
                kind,
                batched ? b.size(0) : 1,
                rows,
                a.size(-1),
                columns,
                addend.empty() ? nullptr : addend.data(),
                static_cast<float>(scale)};
  if (batched)
    by_item(job);
  else if (job.inner >= 4096 && rows * columns <= 65536)
    by_inner(job);
  else
    by_rows(job);
  return c;
}

at::Tensor narrow_product(const at::Tensor& a, const at::Tensor& b, const at::Tensor& bias, double scale,
                          Format format, bool wide_result) {
  return narrow_product(a, b, bias, scale, Arithmetic{format, false}, wide_result);
}

}  // namespace halfwave
