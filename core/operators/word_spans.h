#pragma once

#include <cstdint>

namespace halfwave {

// The functions of pointwise stages on bf16 values that lie one after another, as their 16-bit words. Each
// value is widened, computed in fp32 and rounded to nearest, ties to even, within one loop, by the best
// instructions that this processor has. What is read and what is written may be the same values, never
// shifted ones. One thread.

/// y = x Φ(x), correctly rounded for every bf16 x above −13; relative error before rounding below 8·10⁻⁶
/// under it.
void gelu_words(const std::uint16_t* x, std::uint16_t* y, std::int64_t count);

/// y as above, or left out where it is null, and gx = g · (Φ(x) + x φ(x)).
void gelu_and_backward_words(const std::uint16_t* x, std::uint16_t* y, const std::uint16_t* g,
                             std::uint16_t* gx, std::int64_t count);

/// y = x · w on rows of `channels` values, w one value a channel.
void gate_word_rows(const std::uint16_t* x, const float* w, std::uint16_t* y, std::int64_t rows,
                    std::int64_t channels);

/// Rows of `channels` words two by two as rows of pairs, the first of two in the lower half of a 32-bit word;
/// behind an odd number of rows there is a zero. As products take sums over rows
/// (core/precision/tile_product.h).
void pair_word_rows(const std::uint16_t* x, std::uint32_t* to, std::int64_t rows, std::int64_t channels);

/// sums += Σ over rows of g.
void add_word_rows(const std::uint16_t* g, float* sums, std::int64_t rows, std::int64_t channels);

/// sums += Σ over rows of g · x.
void add_word_products(const std::uint16_t* g, const std::uint16_t* x, float* sums, std::int64_t rows,
                       std::int64_t channels);

/// A sum where paths meet and what σ makes of it, each step rounded:
///   sum = (x + bias) + around · gate,  activated = σ(sum)
/// Whatever may be null is left out but x and sum. Channels are a multiple of 16.
struct WordSum {
  const std::uint16_t* x;
  const float* bias;  ///< one value a channel, as is `gate`
  const std::uint16_t* around;
  const float* gate;
  std::uint16_t* sum;
  std::uint16_t* activated;
};
void sum_word_rows(const WordSum& stage, std::int64_t rows, std::int64_t channels);

}  // namespace halfwave
