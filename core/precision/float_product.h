#pragma once

#include <cstdint>

namespace halfwave {

/// c = scale · (a · b) + bias for float32 matrices whose right factor is narrow or many, as those of channels
/// are: library products spend a third of their time there on rearranging the factors.
struct FloatProduct {
  const float* a;  ///< (batch, rows, inner), any strides; a batch stride of 0 is one factor for all
  std::int64_t a_batch, a_row, a_inner;
  const float* b;  ///< (batch, inner, columns), of which one of the last two axes is contiguous
  std::int64_t b_batch, b_row, b_column;
  std::int64_t b_parts, b_part;  ///< the inner axis of b may come in so many parts, of this stride
  float* c;                      ///< (batch, rows, columns), contiguous
  const float* bias;             ///< (columns), or null
  float scale;
  std::int64_t batch, rows, inner, columns;
};

/// Whether this processor has what `compute` needs (AVX2 or AVX-512) and the columns are a multiple of 16.
bool can_compute(const FloatProduct& product);

/// Sums in fp32, each entry in blocks of ascending inner index. Uses LibTorch's threads.
void compute(const FloatProduct& product);

}  // namespace halfwave
