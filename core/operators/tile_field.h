#pragma once

#include "core/precision/tile_product.h"

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace halfwave {

// Tiles: some rows (points) of a field, as rows of floats that lie one after another, each as long as the
// channels rounded up to a multiple of 16, zeros behind them. Tiles stay in a core's own caches.

/// More are not taken: the tiles of a few fields would leave the cache.
inline constexpr std::int64_t max_tile_channels = 1024;

inline std::int64_t tile_stride(std::int64_t channels) {
  return (channels + 15) / 16 * 16;
}

/// The points of a tile.
struct TileRows {
  std::int64_t first, count;
};

/// Calls work(part, rows) for all tiles of `total` points. Each part of them, as many as there are threads,
/// is done by one thread in ascending order, so what a part sums up depends on the number of threads alone.
template <typename Work>
void for_tiles(std::int64_t total, std::int64_t tile, std::int64_t parts, const Work& work) {
  const std::int64_t tiles = (total + tile - 1) / tile, share = (tiles + parts - 1) / parts;
  at::parallel_for(0, parts, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t part = begin; part < end; ++part)
      for (std::int64_t i = part * share; i < std::min(tiles, (part + 1) * share); ++i)
        work(part, TileRows{i * tile, std::min(tile, total - i * tile)});
  });
}

/// A thread's memory for tiles, kept from call to call.
class TileBuffers {
 public:
  /// Forgets what was taken and makes room for `floats` in all.
  explicit TileBuffers(std::int64_t floats);
  /// The next part, on a cache line's boundary.
  float* take(std::int64_t floats);

 private:
  float* next_;
};

/// A field (…, C) in memory, read and written by tiles.
class TileField {
 public:
  TileField() = default;  ///< no field
  explicit TileField(const at::Tensor& x);

  /// Float32, fp16 or bf16, contiguous, on the CPU, and not empty.
  static bool takes(const at::Tensor& x);

  bool exists() const { return data_ != nullptr; }
  std::int64_t channels() const { return channels_; }
  std::int64_t stride() const { return tile_stride(channels_); }
  Format own() const { return own_; }

  /// The tile's values rounded to `format`: in `buffer`, or where they lie already.
  const float* read(TileRows rows, Format format, float* buffer) const;
  /// Rounds the tile's values to the field's own type.
  void write(const float* tile, TileRows rows) const;
  /// The tile's values rounded to bf16, as words: in `buffer`, or where they lie already.
  const std::uint16_t* read_words(TileRows rows, std::uint16_t* buffer) const;
  /// Rounds a tile of bf16 words to the field's own type.
  void write_words(const std::uint16_t* tile, TileRows rows) const;
  /// Where a tile of bf16 words that is to be written may be computed at once, else `buffer`.
  std::uint16_t* words_or(TileRows rows, std::uint16_t* buffer) const {
    return holds_words() ? reinterpret_cast<std::uint16_t*>(at(rows.first)) : buffer;
  }
  /// Where the row's bf16 values lie in pairs, or null.
  const void* pairs(std::int64_t row) const;

 private:
  // Whether its tiles are rows of words as tiles in the cache are.
  bool holds_words() const { return own_ == Format::bf16 && stride() == channels_ && data_ != nullptr; }
  char* at(std::int64_t row) const { return data_ + row * channels_ * (own_ == Format::fp32 ? 4 : 2); }

  char* data_ = nullptr;
  Format own_ = Format::fp32;
  std::int64_t channels_ = 0;
};

}  // namespace halfwave
