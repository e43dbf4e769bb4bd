#pragma once

#include "core/operators/pointwise_chain.h"
#include "core/operators/tile_field.h"
#include "core/precision/spans.h"

#include <optional>
#include <vector>

namespace halfwave {

// The pointwise stages on a tile (tile_field.h). Operands are values of the stage's format already, as tiles
// that stages give are; results are rounded to it.

/// How the stages of a tile compute.
struct TileArithmetic {
  explicit TileArithmetic(Arithmetic a)
      : arithmetic(a), format(a.format), kind(tile_kind(a)), rounds(facts(a.format).mantissa_bits < 23) {}

  void round(float* tile, std::int64_t count) const {
    if (rounds) round_span(tile, tile, count, format);
  }

  /// The same for a tile whose only use is as a factor of products.
  void round_factor(float* tile, std::int64_t count) const {
    // Pairs are rounded where they are made.
    if (kind == TileKind::floats) round(tile, count);
  }

  Arithmetic arithmetic;
  Format format;
  TileKind kind;
  bool rounds;
};

/// A tile as the left factor of products.
struct TileFactor {
  const void* data;
  std::int64_t row;  ///< from row to row, in elements of the kind
};

/// `tile` as a left factor: itself, or its values as bf16 in `buffer`.
TileFactor as_factor(const float* tile, std::int64_t rows, std::int64_t stride, TileKind kind, float* buffer);
/// The same of a field, from where it lies if it can be.
TileFactor as_factor(const TileField& field, const float* tile, TileRows rows, TileKind kind, float* buffer);

/// Values one a channel as a stage's operand, zeros behind them.
std::vector<float> channel_operand(const at::Tensor& values, const TileArithmetic& arithmetic);

/// x · factor + bias.
class TileLinear {
 public:
  /// factor (in, out); bias (out) or undefined.
  TileLinear(const at::Tensor& factor, const at::Tensor& bias, const TileArithmetic& arithmetic);

  std::int64_t stride() const { return factor_.columns(); }
  void apply(TileFactor x, std::int64_t rows, float* y) const;
  /// The same of bf16 words, for pairs. `sums` has room for the result as floats.
  void apply_words(const std::uint16_t* x, std::int64_t x_stride, std::int64_t rows, std::uint16_t* y,
                   float* sums) const;

 private:
  TileArithmetic arithmetic_;
  PackedFactor factor_;
  std::vector<float> bias_;
};

/// A sum over all points that the gradient of a weight is: one of its own for each part of the tiles.
class TileSum {
 public:
  TileSum() = default;
  /// out × in for a linear map's weight; 1 × channels for a bias or a gate.
  TileSum(std::int64_t parts, std::int64_t out, std::int64_t in);
  bool exists() const { return !sums_.empty(); }

  /// Σ gᵀ·x; g has `g_stride` values a row. `scratch` has room for both tiles.
  void add_outer(std::int64_t part, const float* g, std::int64_t g_stride, const float* x, std::int64_t rows,
                 TileKind kind, float* scratch);
  /// Σ g.
  void add_rows(std::int64_t part, const float* g, std::int64_t rows);
  /// Σ g · x.
  void add_products(std::int64_t part, const float* g, const float* x, std::int64_t rows);

  /// The same of bf16 words, for pairs.
  void add_outer(std::int64_t part, const std::uint16_t* g, std::int64_t g_stride, const std::uint16_t* x,
                 std::int64_t rows, float* scratch);
  void add_rows(std::int64_t part, const std::uint16_t* g, std::int64_t rows);
  void add_products(std::int64_t part, const std::uint16_t* g, const std::uint16_t* x, std::int64_t rows);

  /// The sum of all parts, in their order: (out, in), or (in) where `out` is 1 and it `is_vector`.
  at::Tensor total(bool is_vector) const;

 private:
  void add_outer_pairs(std::int64_t part, const std::uint32_t* g, std::int64_t g_stride,
                       const std::uint32_t* x, std::int64_t pairs);

  std::int64_t parts_ = 0, out_ = 0, in_ = 0, stride_ = 0;
  std::vector<float> sums_;
};

}  // namespace halfwave
