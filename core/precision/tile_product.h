#pragma once

#include "core/precision/stage_math.h"

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace halfwave {

/// What the inner axis of a tile is made of: floats, or pairs of bf16 values (k, k + 1) in one 32-bit word,
/// the first in its lower half, as the processor's own bf16 product takes them.
enum class TileKind : std::uint8_t { floats, bf16_pairs };

/// Pairs where the arithmetic is native bf16 and this processor multiplies them (AVX-512 BF16), else floats.
TileKind tile_kind(Arithmetic arithmetic);

/// c = scale · (a · b), plus what c holds where it adds, plus bias. Strides and the inner size count elements
/// of the kind: floats or pairs.
struct TileProduct {
  const void* a;  ///< (rows, inner), any strides
  std::int64_t a_row, a_inner;
  const void* b;  ///< (inner, columns), columns contiguous
  std::int64_t b_row;
  float* c;  ///< (rows, columns), columns contiguous
  std::int64_t c_row;
  const float* bias;  ///< (columns), or null
  float scale;
  std::int64_t rows, inner, columns;  ///< columns are a multiple of 16
  bool adds;
  bool rounds = false;  ///< of pairs: c is to hold the result rounded to bf16
  /// Of pairs: where not null, the result goes here as bf16. Nothing is added then; c (which may be null
  /// otherwise) holds sums on the way if the inner size is above 256.
  std::uint16_t* words = nullptr;
  std::int64_t words_row = 0;
};

/// One thread's product of a tile that is meant to be in the cache, by the best instructions that this
/// processor has. Sums in fp32; each entry's order of summation depends on the inner size alone. Pairs need
/// AVX-512 BF16, which takes subnormal values as zero.
void multiply(TileKind kind, const TileProduct& product);

/// Two rows of bf16 values as one of pairs; without a second row its half is zero.
void pair_rows(const std::uint16_t* first, const std::uint16_t* second, std::uint32_t* to,
               std::int64_t columns);

/// The same of fp32 values, rounded to nearest, ties to even. A NaN stays a NaN. Subnormal values, which the
/// product takes as zero, may already become zero.
void pair_rows(const float* first, const float* second, std::uint32_t* to, std::int64_t columns);

/// Columns that lie contiguous, `stride` apart, as rows of pairs, `width` apart: to(k / 2, c) is made of
/// from(c, k) and from(c, k + 1). Behind an odd number of rows there is a zero.
void pair_columns(const std::uint16_t* from, std::int64_t stride, std::int64_t rows, std::int64_t columns,
                  std::uint32_t* to, std::int64_t width);
void pair_columns(const float* from, std::int64_t stride, std::int64_t rows, std::int64_t columns,
                  std::uint32_t* to, std::int64_t width);

/// Columns that lie contiguous, `stride` apart, as rows, `width` apart.
void float_columns(const float* from, std::int64_t stride, std::int64_t rows, std::int64_t columns, float* to,
                   std::int64_t width);

/// A small right factor (K, N) laid out once for many tiles: values rounded to the format of the arithmetic,
/// of a kind, zeros behind the columns up to a multiple of 16 and behind an odd last row.
class PackedFactor {
 public:
  /// `factor` is float32 or 16-bit, of any strides, on the CPU. Not for fp64.
  PackedFactor(const at::Tensor& factor, Arithmetic arithmetic);

  TileKind kind() const { return kind_; }
  std::int64_t inner() const { return inner_; }      ///< rows of floats or of pairs
  std::int64_t columns() const { return columns_; }  ///< a multiple of 16, also the stride of rows
  const void* data() const { return words_.const_data_ptr(); }

 private:
  TileKind kind_;
  std::int64_t inner_, columns_;
  at::Tensor words_;
};

}  // namespace halfwave
