#include "core/precision/narrow_factor.h"

#include "core/precision/spans.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <vector>

namespace halfwave {

float* thread_words(int which, std::int64_t count) {
  static thread_local std::vector<float> buffers[4];
  auto& buffer = buffers[which];
  // Rows of whole vectors begin at cache lines.
  if (buffer.size() < static_cast<std::size_t>(count + 16))
    buffer.resize(static_cast<std::size_t>(count + 16));
  const auto past = reinterpret_cast<std::uintptr_t>(buffer.data()) % 64;
  return buffer.data() + (past == 0 ? 0 : (64 - past) / 4);
}

NarrowFactor::NarrowFactor(const at::Tensor& x, Format format, TileKind kind)
    : data_(static_cast<const char*>(x.const_data_ptr())),
      wide_(x.scalar_type() == at::kFloat),
      format_(format),
      kind_(kind),
      item_(x.dim() > 2 ? x.stride(0) : 0),
      row_(x.stride(-2)),
      column_(x.stride(-1)),
      parts_(x.dim() == 4 ? x.size(1) : 1),
      part_(x.dim() == 4 ? x.stride(1) : 0) {}

// Values of the format that follow each other in memory, as floats.
void NarrowFactor::load(std::int64_t place, std::int64_t count, float* to) const {
  if (wide_)
    round_span(floats(place), to, count, format_);
  else
    widen_span(words(place), to, count, format_);
}

FactorBlock NarrowFactor::left(std::int64_t item, std::int64_t row, std::int64_t rows, std::int64_t column,
                               std::int64_t columns, float* to) const {
  const std::int64_t place = item * item_ + row * row_ + column * column_;
  if (kind_ == TileKind::bf16_pairs) return left_pairs(place, rows, columns, to);
  if (column_ == 1) {
    if (row_ == columns) {
      load(place, rows * columns, to);
    } else {
      for (std::int64_t r = 0; r < rows; ++r) load(place + r * row_, columns, to + r * columns);
    }
    return {to, columns, 1};
  }
  for (std::int64_t c = 0; c < columns; ++c) load(place + c * column_, rows, to + c * rows);
  return {to, 1, rows};
}

FactorBlock NarrowFactor::left_pairs(std::int64_t place, std::int64_t rows, std::int64_t columns,
                                     float* to) const {
  const std::int64_t pairs = (columns + 1) / 2;
  if (column_ == 1) {
    if (!wide_ && columns % 2 == 0 && row_ % 2 == 0)
      return {reinterpret_cast<const float*>(words(place)), row_ / 2, 1};
    auto* line = reinterpret_cast<std::uint16_t*>(to);
    for (std::int64_t r = 0; r < rows; ++r, line += 2 * pairs, place += row_) {
      line[2 * pairs - 1] = 0;
      if (wide_)
        narrow_span(floats(place), line, columns, format_);
      else
        std::memcpy(line, words(place), static_cast<std::size_t>(2 * columns));
    }
    return {to, pairs, 1};
  }
  auto* line = reinterpret_cast<std::uint32_t*>(to);
  for (std::int64_t c = 0; c < columns; c += 2, place += 2 * column_, line += rows) {
    const bool both = c + 1 < columns;
    if (wide_)
      pair_rows(floats(place), both ? floats(place + column_) : nullptr, line, rows);
    else
      pair_rows(words(place), both ? words(place + column_) : nullptr, line, rows);
  }
  return {to, 1, rows};
}

void NarrowFactor::right(std::int64_t item, std::int64_t row, std::int64_t rows, std::int64_t column,
                         std::int64_t columns, std::int64_t width, float* to) const {
  const bool pairs = kind_ == TileKind::bf16_pairs;
  const std::int64_t each = rows / parts_;
  for (std::int64_t p = 0; p < parts_; ++p) {
    const std::int64_t place = item * item_ + p * part_ + row * row_ + column * column_;
    float* block = to + p * (pairs ? each / 2 : each) * width;
    if (!pairs)
      right_floats(place, each, columns, width, block);
    else if (wide_)
      right_pairs<float>(place, each, columns, width, block);
    else
      right_pairs<std::uint16_t>(place, each, columns, width, block);
  }
}

void NarrowFactor::right_floats(std::int64_t place, std::int64_t rows, std::int64_t columns,
                                std::int64_t width, float* to) const {
  if (column_ == 1 && row_ == width && width == columns) return load(place, rows * columns, to);
  if (column_ == 1) {
    for (std::int64_t r = 0; r < rows; ++r) {
      load(place + r * row_, columns, to + r * width);
      std::fill(to + r * width + columns, to + (r + 1) * width, 0.0F);
    }
    return;
  }
  float* line = thread_words(3, rows);
  if (width > columns) std::fill(to, to + rows * width, 0.0F);
  for (std::int64_t c = 0; c < columns; ++c) {
    load(place + c * column_, rows, line);
    for (std::int64_t r = 0; r < rows; ++r) to[r * width + c] = line[r];
  }
}

template <typename Value>
void NarrowFactor::right_pairs(std::int64_t place, std::int64_t rows, std::int64_t columns,
                               std::int64_t width, float* to) const {
  const Value* from;
  if constexpr (std::is_same_v<Value, float>)
    from = floats(place);
  else
    from = words(place);
  auto* line = reinterpret_cast<std::uint32_t*>(to);
  if (width > columns) std::fill(to, to + (rows + 1) / 2 * width, 0.0F);
  if (column_ != 1) return pair_columns(from, column_, rows, columns, line, width);
  for (std::int64_t r = 0; r < rows; r += 2, from += 2 * row_, line += width)
    pair_rows(from, r + 1 < rows ? from + row_ : nullptr, line, columns);
}

}  // namespace halfwave
