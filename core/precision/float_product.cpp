#include "core/precision/float_product.h"

#include "core/precision/instruction_set.h"
#include "core/precision/tile_product.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace halfwave {
namespace {

constexpr std::int64_t strip = 64;         // columns of a task
constexpr std::int64_t inner_block = 256;  // a strip of so many rows stays in the second-level cache
constexpr std::int64_t row_block = 384;

/// The part of a product that one thread computes at a time.
struct Part {
  std::int64_t item, first_row, rows, first_column, columns, first_inner, inner;
};

// Rows of b from `first` on, of `width` columns that lie contiguous afterwards.
void lay_out(const FloatProduct& p, const float* b, std::int64_t first, std::int64_t rows, std::int64_t width,
             float* to) {
  const std::int64_t each = p.inner / p.b_parts;
  for (std::int64_t k = first; k < first + rows;) {
    const std::int64_t part = k / each, row = k % each, count = std::min(each - row, first + rows - k);
    const float* from = b + part * p.b_part + row * p.b_row;
    if (p.b_column != 1) {
      float_columns(from, p.b_column, count, width, to, width);
    } else {
      for (std::int64_t i = 0; i < count; ++i)
        std::memcpy(to + i * width, from + i * p.b_row, static_cast<std::size_t>(width) * sizeof(float));
    }
    k += count;
    to += count * width;
  }
}

void compute_part(const FloatProduct& p, const Part& part, float* c, std::int64_t c_row, bool adds = false) {
  alignas(64) static thread_local float packed[inner_block * strip];
  const float* a = p.a + part.item * p.a_batch + part.first_row * p.a_row + part.first_inner * p.a_inner;
  const float* b = p.b + part.item * p.b_batch + part.first_column * p.b_column;
  const float* bias = p.bias != nullptr ? p.bias + part.first_column : nullptr;
  // Rows of b that lie far apart are worth bringing together when many rows of a meet them.
  const bool packs = p.b_column != 1 || p.b_parts > 1 || (p.b_row > part.columns && part.rows >= 24);
  for (std::int64_t k = 0; k == 0 || k < part.inner; k += inner_block) {
    const std::int64_t inner = std::min(inner_block, part.inner - k), first = part.first_inner + k;
    if (packs) lay_out(p, b, first, inner, part.columns, packed);
    const TileProduct tile{.a = a + k * p.a_inner,
                           .a_row = p.a_row,
                           .a_inner = p.a_inner,
                           .b = packs ? packed : b + first * p.b_row,
                           .b_row = packs ? part.columns : p.b_row,
                           .c = c,
                           .c_row = c_row,
                           .bias = k + inner_block >= part.inner ? bias : nullptr,
                           .scale = p.scale,
                           .rows = part.rows,
                           .inner = inner,
                           .columns = part.columns,
                           .adds = adds || k > 0};
    multiply(TileKind::floats, tile);
  }
}

// Strips of 64 columns, then one of 32, then one of 16.
std::vector<std::pair<std::int64_t, std::int64_t>> strips_of(std::int64_t columns) {
  std::vector<std::pair<std::int64_t, std::int64_t>> strips;
  for (std::int64_t at = 0; at < columns; at += strips.back().second) {
    const std::int64_t left = columns - at;
    strips.emplace_back(at, left >= strip ? strip : left >= 32 ? 32 : 16);
  }
  return strips;
}

// Few entries and a long sum, as in the gradient of a weight: threads share the inner index.
void compute_by_inner(const FloatProduct& p) {
  const auto threads = static_cast<std::int64_t>(at::get_num_threads());
  const std::int64_t chunk = (p.inner + threads - 1) / threads;
  const std::int64_t entries = p.rows * p.columns;
  std::vector<float> sums(static_cast<std::size_t>(entries * threads), 0.0F);
  FloatProduct plain = p;
  plain.bias = nullptr;
  plain.scale = 1.0F;
  const auto strips = strips_of(p.columns);
  at::parallel_for(0, threads, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t t = begin; t < end; ++t) {
      // All strips take one block of the inner index in turn, so that it is read from memory once.
      for (std::int64_t k = t * chunk; k < std::min(p.inner, (t + 1) * chunk); k += inner_block) {
        const std::int64_t inner = std::min({inner_block, p.inner - k, (t + 1) * chunk - k});
        for (const auto& [column, width] : strips) {
          float* c = sums.data() + t * entries + column;
          for (std::int64_t row = 0; row < p.rows; row += row_block) {
            const std::int64_t rows = std::min(row_block, p.rows - row);
            compute_part(plain, {0, row, rows, column, width, k, inner}, c + row * p.columns, p.columns,
                         true);
          }
        }
      }
    }
  });
  for (std::int64_t i = 0; i < entries; ++i) {
    float sum = 0.0F;
    for (std::int64_t t = 0; t < threads; ++t) sum += sums[static_cast<std::size_t>(t * entries + i)];
    p.c[i] = p.scale * sum + (p.bias != nullptr ? p.bias[i % p.columns] : 0.0F);
  }
}

}  // namespace

bool can_compute(const FloatProduct& product) {
  return instruction_set() >= InstructionSet::avx2 && product.columns % 16 == 0 && product.columns > 0;
}

void compute(const FloatProduct& p) {
  if (p.batch == 1 && p.inner >= 4096 && p.rows * p.columns <= 65536) return compute_by_inner(p);
  const auto strips = strips_of(p.columns);
  const auto strip_count = static_cast<std::int64_t>(strips.size());
  const std::int64_t row_blocks = (p.rows + row_block - 1) / row_block;
  const std::int64_t work = 1 + std::min(p.rows, row_block) * std::min(p.columns, strip) * (1 + p.inner);
  at::parallel_for(0, p.batch * row_blocks * strip_count, 1 + 262144 / work,
                   [&](std::int64_t begin, std::int64_t end) {
                     for (std::int64_t task = begin; task < end; ++task) {
                       const std::int64_t item = task / (row_blocks * strip_count);
                       const std::int64_t row = task / strip_count % row_blocks * row_block;
                       const auto [column, width] = strips[static_cast<std::size_t>(task % strip_count)];
                       float* c = p.c + (item * p.rows + row) * p.columns + column;
                       const std::int64_t rows = std::min(row_block, p.rows - row);
                       compute_part(p, {item, row, rows, column, width, 0, p.inner}, c, p.columns);
                     }
                   });
}

}  // namespace halfwave
