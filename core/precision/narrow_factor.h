#pragma once

#include "core/precision/tile_product.h"

namespace halfwave {

/// Memory of one thread, used again by the next product, as 32-bit words. `which` tells apart those in use at
/// the same time.
float* thread_words(int which, std::int64_t count);

/// A block of a factor as a tile product takes it: elements of a kind, and strides in elements.
struct FactorBlock {
  const float* data;
  std::int64_t row, column;
};

/// A 16-bit factor, or a float32 one to be rounded, as it lies in memory: (batch, rows, columns), with one of
/// the two last axes contiguous. Rows may come in parts, (batch, part, rows of a part, columns).
class NarrowFactor {
 public:
  NarrowFactor(const at::Tensor& x, Format format, TileKind kind);

  bool shared() const { return item_ == 0; }  ///< the same for every item

  /// A block as a left factor, whose inner axis is the columns; in `to`, (rows · elements) words, or where it
  /// lies. `column` is even.
  FactorBlock left(std::int64_t item, std::int64_t row, std::int64_t rows, std::int64_t column,
                   std::int64_t columns, float* to) const;

  /// Rows of `width` ≥ columns words, zeros behind the columns, as a right factor, whose inner axis is the
  /// rows. Of a factor in parts all rows are loaded; `row` is even.
  void right(std::int64_t item, std::int64_t row, std::int64_t rows, std::int64_t column,
             std::int64_t columns, std::int64_t width, float* to) const;

 private:
  FactorBlock left_pairs(std::int64_t place, std::int64_t rows, std::int64_t columns, float* to) const;
  void right_floats(std::int64_t place, std::int64_t rows, std::int64_t columns, std::int64_t width,
                    float* to) const;
  template <typename Value>
  void right_pairs(std::int64_t place, std::int64_t rows, std::int64_t columns, std::int64_t width,
                   float* to) const;
  void load(std::int64_t place, std::int64_t count, float* to) const;
  const float* floats(std::int64_t place) const { return reinterpret_cast<const float*>(data_) + place; }
  const std::uint16_t* words(std::int64_t place) const {
    return reinterpret_cast<const std::uint16_t*>(data_) + place;
  }

  const char* data_;
  bool wide_;  ///< float32
  Format format_;
  TileKind kind_;
  std::int64_t item_, row_, column_;  ///< strides
  std::int64_t parts_, part_;         ///< their number and their stride
};

}  // namespace halfwave
