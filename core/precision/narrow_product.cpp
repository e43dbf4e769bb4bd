#include "core/precision/narrow_product.h"

#include "core/precision/float_product.h"
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
constexpr std::int64_t inner_block = 256;     // of a sum that threads share
constexpr std::int64_t block_values = 32768;  // of one factor, in the second-level cache

std::int64_t padded(std::int64_t columns) {
  return (columns + 15) / 16 * 16;
}

/// Memory of one thread, used again by the next product.
float* scratch(int which, std::int64_t count) {
  static thread_local std::vector<float> buffers[3];
  auto& buffer = buffers[which];
  if (buffer.size() < static_cast<std::size_t>(count)) buffer.resize(static_cast<std::size_t>(count));
  return buffer.data();
}

/// A factor as it lies in memory: (batch, rows, columns), with one of the two last axes contiguous. Rows may
/// come in parts, (batch, part, rows of a part, columns).
struct Factor {
  const char* data;
  bool wide;  ///< float32
  Format format;
  std::int64_t item, row, column;  ///< strides
  std::int64_t parts, part;        ///< their number and their stride

  static Factor of(const at::Tensor& x, Format format) {
    return {static_cast<const char*>(x.const_data_ptr()),
            x.scalar_type() == at::kFloat,
            format,
            x.dim() > 2 ? x.stride(0) : 0,
            x.stride(-2),
            x.stride(-1),
            x.dim() == 4 ? x.size(1) : 1,
            x.dim() == 4 ? x.stride(1) : 0};
  }

  /// Values of the format that follow each other in memory, as floats.
  void load(std::int64_t place, std::int64_t count, float* to) const {
    if (wide)
      round_span(reinterpret_cast<const float*>(data) + place, to, count, format);
    else
      widen_span(data + 2 * place, to, count, format);
  }
};

/// A block of a factor as floats.
struct Block {
  const float* data;
  std::int64_t row, column;  ///< strides
};

// In whichever order of axes the memory has.
Block loaded(const Factor& f, std::int64_t item, std::int64_t row, std::int64_t rows, std::int64_t column,
             std::int64_t columns, float* to) {
  const std::int64_t place = item * f.item + row * f.row + column * f.column;
  if (f.column == 1) {
    if (f.row == columns) {
      f.load(place, rows * columns, to);
    } else {
      for (std::int64_t r = 0; r < rows; ++r) f.load(place + r * f.row, columns, to + r * columns);
    }
    return {to, columns, 1};
  }
  for (std::int64_t c = 0; c < columns; ++c) f.load(place + c * f.column, rows, to + c * rows);
  return {to, 1, rows};
}

// With contiguous rows of `width` ≥ columns, zeros behind them.
void load_part(const Factor& f, std::int64_t item, std::int64_t row, std::int64_t rows, std::int64_t column,
               std::int64_t columns, std::int64_t width, float* to) {
  const std::int64_t place = item + row * f.row + column * f.column;
  if (f.column == 1 && f.row == width && width == columns) return f.load(place, rows * columns, to);
  if (f.column == 1) {
    for (std::int64_t r = 0; r < rows; ++r) {
      f.load(place + r * f.row, columns, to + r * width);
      std::fill(to + r * width + columns, to + (r + 1) * width, 0.0F);
    }
    return;
  }
  float* line = scratch(2, rows);
  if (width > columns) std::fill(to, to + rows * width, 0.0F);
  for (std::int64_t c = 0; c < columns; ++c) {
    f.load(place + c * f.column, rows, line);
    for (std::int64_t r = 0; r < rows; ++r) to[r * width + c] = line[r];
  }
}

// Of a factor in parts all rows are loaded.
void load_rows(const Factor& f, std::int64_t item, std::int64_t row, std::int64_t rows, std::int64_t column,
               std::int64_t columns, std::int64_t width, float* to) {
  const std::int64_t each = rows / f.parts;
  for (std::int64_t p = 0; p < f.parts; ++p)
    load_part(f, item * f.item + p * f.part, row, each, column, columns, width, to + p * each * width);
}

/// A result of values of the format, (batch, rows, columns), contiguous.
struct Result {
  char* data;
  bool wide;  ///< float32
  Format format;
  std::int64_t rows, columns;

  void store(const float* from, std::int64_t width, std::int64_t item, std::int64_t row, std::int64_t count,
             std::int64_t column, std::int64_t used) const {
    const std::int64_t place = (item * rows + row) * columns + column;
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

/// Shapes and addends of a product.
struct Shape {
  std::int64_t batch, rows, inner, columns;
  const float* bias;
  float scale;
};

void multiply(const Block& a, const float* b, float* c, const float* bias, float scale, std::int64_t rows,
              std::int64_t inner, std::int64_t width) {
  compute({a.data, 0, a.row, a.column, b, 0, width, c, bias, scale, 1, rows, inner, width});
}

// Tasks are strips of columns of one item.
void by_item(const Factor& a, const Factor& b, const Shape& s, const Result& result) {
  const std::int64_t strips = (s.columns + strip - 1) / strip;
  const bool shared = a.item == 0;
  std::vector<float> shared_left(static_cast<std::size_t>(shared ? s.rows * s.inner : 0));
  Block whole{};
  if (shared) whole = loaded(a, 0, 0, s.rows, 0, s.inner, shared_left.data());
  const std::int64_t work = 1 + s.rows * std::min(s.columns, strip) * (1 + s.inner);
  at::parallel_for(0, s.batch * strips, 1 + 262144 / work, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t task = begin; task < end; ++task) {
      const std::int64_t item = task / strips, column = task % strips * strip;
      const std::int64_t columns = std::min(strip, s.columns - column), width = padded(columns);
      float* right = scratch(0, s.inner * width);
      load_rows(b, item, 0, s.inner, column, columns, width, right);
      const std::int64_t most_rows = std::min(s.rows, row_block);
      float* memory = scratch(1, most_rows * (width + s.inner));
      for (std::int64_t row = 0; row < s.rows; row += row_block) {
        const std::int64_t rows = std::min(row_block, s.rows - row);
        const Block left = shared ? Block{whole.data + row * whole.row, whole.row, whole.column}
                                  : loaded(a, item, row, rows, 0, s.inner, memory + most_rows * width);
        multiply(left, right, memory, s.bias != nullptr ? s.bias + column : nullptr, s.scale, rows, s.inner,
                 width);
        result.store(memory, width, item, row, rows, column, columns);
      }
    }
  });
}

// Many rows meet one right factor.
void by_rows(const Factor& a, const Factor& b, const Shape& s, const Result& result) {
  const std::int64_t width = padded(s.columns);
  std::vector<float> right(static_cast<std::size_t>(s.inner * width));
  load_rows(b, 0, 0, s.inner, 0, s.columns, width, right.data());
  const std::int64_t most = std::clamp<std::int64_t>(block_values / std::max(s.inner, width), 8, row_block);
  at::parallel_for(0, (s.rows + most - 1) / most, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t block = begin; block < end; ++block) {
      const std::int64_t row = block * most, rows = std::min(most, s.rows - row);
      const Block left = loaded(a, 0, row, rows, 0, s.inner, scratch(0, rows * s.inner));
      float* c = scratch(1, rows * width);
      multiply(left, right.data(), c, s.bias, s.scale, rows, s.inner, width);
      result.store(c, width, 0, row, rows, 0, s.columns);
    }
  });
}

// Few entries and a long sum, as in the gradient of a weight: threads share the inner index.
void by_inner(const Factor& a, const Factor& b, const Shape& s, const Result& result) {
  const std::int64_t width = padded(s.columns), entries = s.rows * width;
  const auto threads = static_cast<std::int64_t>(at::get_num_threads());
  const std::int64_t chunk = (s.inner + threads - 1) / threads;
  std::vector<float> sums(static_cast<std::size_t>(entries * threads), 0.0F);
  at::parallel_for(0, threads, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t t = begin; t < end; ++t) {
      float* total = sums.data() + t * entries;
      const std::int64_t last = std::min(s.inner, (t + 1) * chunk);
      for (std::int64_t k = t * chunk; k < last; k += inner_block) {
        const std::int64_t inner = std::min(inner_block, last - k);
        float* right = scratch(0, inner * (s.rows + width));
        load_rows(b, 0, k, inner, 0, s.columns, width, right);
        const Block left = loaded(a, 0, 0, s.rows, k, inner, right + inner * width);
        float* c = scratch(1, entries);
        multiply(left, right, c, nullptr, 1.0F, s.rows, inner, width);
        for (std::int64_t i = 0; i < entries; ++i) total[i] += c[i];
      }
    }
  });
  for (std::int64_t i = 0; i < entries; ++i) {
    float sum = 0.0F;
    for (std::int64_t t = 0; t < threads; ++t) sum += sums[static_cast<std::size_t>(t * entries + i)];
    sums[static_cast<std::size_t>(i)] = s.scale * sum + (s.bias != nullptr ? s.bias[i % width] : 0.0F);
  }
  result.store(sums.data(), width, 0, 0, s.rows, 0, s.columns);
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
                          Format format, bool wide_result) {
  const bool batched = b.dim() > 2;
  const auto rows = a.size(-2), columns = b.size(-1);
  const auto options = b.options().dtype(wide_result ? at::kFloat : tensor_type(format)).requires_grad(false);
  at::Tensor c =
      batched ? at::empty({b.size(0), rows, columns}, options) : at::empty({rows, columns}, options);
  const auto addend = padded_bias(bias, format, padded(columns));
  const Shape shape{
      batched ? b.size(0) : 1,  rows, a.size(-1), columns, addend.empty() ? nullptr : addend.data(),
      static_cast<float>(scale)};
  const Factor left = Factor::of(a, format), right = Factor::of(b, format);
  const Result result{static_cast<char*>(c.mutable_data_ptr()), wide_result, format, rows, columns};
  if (batched)
    by_item(left, right, shape, result);
  else if (shape.inner >= 4096 && rows * columns <= 65536)
    by_inner(left, right, shape, result);
  else
    by_rows(left, right, shape, result);
  return c;
}

}  // namespace halfwave
