#include "core/precision/tile_product.h"

#include "core/error.h"
#include "core/precision/instruction_set.h"
#include "core/precision/round_tensor.h"
#include "core/precision/spans.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace halfwave {

namespace {
using Words [[gnu::vector_size(64)]] = std::uint32_t;
using HalfWords [[gnu::vector_size(32)]] = std::uint16_t;
}  // namespace

namespace portable {
namespace {
using Vector = float __attribute__((vector_size(16)));
constexpr int lanes = 4;
inline Vector zero() {
  return Vector{};
}
inline Vector load(const float* p) {
  Vector v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
inline void put(Vector v, float* p, const std::uint16_t*, int at, bool) {
  std::memcpy(p + at, &v, sizeof v);
}
inline Vector broadcast(float x) {
  return Vector{x, x, x, x};
}
inline Vector multiply_add(Vector a, Vector b, Vector c) {
  return a * b + c;
}
#include "core/precision/float_product_tile.inc"
}  // namespace
}  // namespace portable

#if defined(__x86_64__)

#pragma GCC push_options
#pragma GCC target("avx512f")
namespace avx512 {
namespace {
using Vector = __m512;
constexpr int lanes = 16;
inline Vector zero() {
  return _mm512_setzero_ps();
}
inline Vector load(const float* p) {
  return _mm512_loadu_ps(p);
}
inline void put(Vector v, float* p, const std::uint16_t*, int at, bool) {
  _mm512_storeu_ps(p + at, v);
}
inline Vector broadcast(float x) {
  return _mm512_set1_ps(x);
}
inline Vector multiply_add(Vector a, Vector b, Vector c) {
  return _mm512_fmadd_ps(a, b, c);
}
#include "core/precision/float_product_tile.inc"

Words rounded_halves(__m512 x) {
  const auto u = reinterpret_cast<Words>(x);
  const Words up = u + 0x7fffU + ((u >> 16) & 1U), quiet_nan = u | 0x400000U;
  return ((u & 0x7fffffffU) > 0x7f800000U ? quiet_nan : up) >> 16;
}

__mmask16 first_lanes(std::int64_t count) {
  return static_cast<__mmask16>(count >= 16 ? 0xffffU : (1U << count) - 1U);
}

void pair_floats(const float* first, const float* second, std::uint32_t* to, std::int64_t columns) {
  for (std::int64_t i = 0; i < columns; i += 16) {
    const __mmask16 mask = first_lanes(columns - i);
    Words pairs = rounded_halves(_mm512_maskz_loadu_ps(mask, first + i));
    if (second != nullptr) pairs |= rounded_halves(_mm512_maskz_loadu_ps(mask, second + i)) << 16;
    _mm512_mask_storeu_epi32(to + i, mask, reinterpret_cast<__m512i>(pairs));
  }
}

Words sixteen(const std::uint16_t* p) {
  HalfWords words;
  std::memcpy(&words, p, sizeof words);
  return __builtin_convertvector(words, Words);
}

// As many columns as are a multiple of 16.
std::int64_t pair_words(const std::uint16_t* first, const std::uint16_t* second, std::uint32_t* to,
                        std::int64_t columns) {
  std::int64_t i = 0;
  for (; i + 16 <= columns; i += 16) {
    Words pairs = sixteen(first + i);
    if (second != nullptr) pairs |= sixteen(second + i) << 16;
    std::memcpy(to + i, &pairs, sizeof pairs);
  }
  return i;
}

// GCC 12 takes the undefined operand inside its own intrinsics for a mistake (GCC bug 105593).
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
// Rows of 16 words as columns: within quarters by words, then by pairs of words, then quarters themselves.
void transpose(__m512i (&r)[16]) {
  __m512i t[16];
  for (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
    t[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
  }
  for (int i = 0; i < 16; i += 4)
    for (int j = 0; j < 2; ++j) {
      r[i + 2 * j] = _mm512_unpacklo_epi64(t[i + j], t[i + j + 2]);
      r[i + 2 * j + 1] = _mm512_unpackhi_epi64(t[i + j], t[i + j + 2]);
    }
  for (int j = 0; j < 4; ++j) {
    const __m512i low = _mm512_shuffle_i32x4(r[j], r[j + 4], 0x88),
                  high = _mm512_shuffle_i32x4(r[j], r[j + 4], 0xdd);
    const __m512i low2 = _mm512_shuffle_i32x4(r[j + 8], r[j + 12], 0x88),
                  high2 = _mm512_shuffle_i32x4(r[j + 8], r[j + 12], 0xdd);
    t[j] = _mm512_shuffle_i32x4(low, low2, 0x88);
    t[j + 4] = _mm512_shuffle_i32x4(high, high2, 0x88);
    t[j + 8] = _mm512_shuffle_i32x4(low, low2, 0xdd);
    t[j + 12] = _mm512_shuffle_i32x4(high, high2, 0xdd);
  }
  for (int i = 0; i < 16; ++i) r[i] = t[i];
}

#pragma GCC diagnostic pop

void float_columns(const float* from, std::int64_t stride, std::int64_t rows, std::int64_t columns, float* to,
                   std::int64_t width) {
  for (std::int64_t c = 0; c < columns; c += 16) {
    const __mmask16 mask = first_lanes(columns - c);
    for (std::int64_t k = 0; k < rows; k += 16) {
      const __mmask16 some = first_lanes(rows - k);
      __m512i block[16];
      for (int i = 0; i < 16; ++i)
        block[i] = c + i < columns ? _mm512_maskz_loadu_epi32(some, from + (c + i) * stride + k)
                                   : _mm512_setzero_si512();
      transpose(block);
      for (int i = 0; i < 16 && k + i < rows; ++i)
        _mm512_mask_storeu_epi32(to + (k + i) * width + c, mask, block[i]);
    }
  }
}
}  // namespace
}  // namespace avx512
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512bf16")
namespace avx512_bf16 {
namespace {
using Vector = __m512;
constexpr int lanes = 16;
inline Vector zero() {
  return _mm512_setzero_ps();
}
inline Vector load(const float* p) {
  return _mm512_loadu_ps(p);
}
inline Words halves(Vector x) {
  return __builtin_convertvector(reinterpret_cast<HalfWords>(_mm512_cvtneps_pbh(x)), Words);
}
inline void put(Vector v, float* p, std::uint16_t* words, int at, bool rounds) {
  if (words != nullptr)
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(words + at),
                        reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(v)));
  else
    _mm512_storeu_ps(p + at, rounds ? reinterpret_cast<Vector>(halves(v) << 16) : v);
}
inline Vector broadcast(float x) {
  return _mm512_set1_ps(x);
}
inline Vector multiply_add(Vector a, Vector b, Vector c) {
  return _mm512_dpbf16_ps(c, reinterpret_cast<__m512bh>(a), reinterpret_cast<__m512bh>(b));
}
#include "core/precision/float_product_tile.inc"

void pair_floats(const float* first, const float* second, std::uint32_t* to, std::int64_t columns) {
  for (std::int64_t i = 0; i < columns; i += 16) {
    const __mmask16 mask = avx512::first_lanes(columns - i);
    Words pairs = halves(_mm512_maskz_loadu_ps(mask, first + i));
    if (second != nullptr) pairs |= halves(_mm512_maskz_loadu_ps(mask, second + i)) << 16;
    _mm512_mask_storeu_epi32(to + i, mask, reinterpret_cast<__m512i>(pairs));
  }
}

// Up to 32 values as 16 pairs, zeros behind them.
__m512i sixteen_pairs(const float* from, std::int64_t count) {
  const __m512 low = _mm512_maskz_loadu_ps(avx512::first_lanes(count), from);
  const __m512 high = _mm512_maskz_loadu_ps(avx512::first_lanes(count > 16 ? count - 16 : 0), from + 16);
  return reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(high, low));
}
__m512i sixteen_pairs(const std::uint16_t* from, std::int64_t count) {
  return _mm512_maskz_loadu_epi16(static_cast<__mmask32>(count >= 32 ? ~0U : (1U << count) - 1U), from);
}

template <typename Value>
void pair_columns(const Value* from, std::int64_t stride, std::int64_t rows, std::int64_t columns,
                  std::uint32_t* to, std::int64_t width) {
  for (std::int64_t c = 0; c < columns; c += 16) {
    const __mmask16 mask = avx512::first_lanes(columns - c);
    for (std::int64_t k = 0; k < rows; k += 32) {
      __m512i block[16];
      for (int i = 0; i < 16; ++i)
        block[i] =
            c + i < columns ? sixteen_pairs(from + (c + i) * stride + k, rows - k) : _mm512_setzero_si512();
      avx512::transpose(block);
      std::uint32_t* place = to + k / 2 * width + c;
      for (int i = 0; i < 16 && k + 2 * i < rows; ++i)
        _mm512_mask_storeu_epi32(place + i * width, mask, block[i]);
    }
  }
}
}  // namespace
}  // namespace avx512_bf16
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx2,fma")
namespace avx2 {
namespace {
using Vector = __m256;
constexpr int lanes = 8;
inline Vector zero() {
  return _mm256_setzero_ps();
}
inline Vector load(const float* p) {
  return _mm256_loadu_ps(p);
}
inline void put(Vector v, float* p, const std::uint16_t*, int at, bool) {
  _mm256_storeu_ps(p + at, v);
}
inline Vector broadcast(float x) {
  return _mm256_set1_ps(x);
}
inline Vector multiply_add(Vector a, Vector b, Vector c) {
  return _mm256_fmadd_ps(a, b, c);
}
#include "core/precision/float_product_tile.inc"
}  // namespace
}  // namespace avx2
#pragma GCC pop_options

#endif

namespace {

constexpr std::int64_t inner_block = 256;  // a strip of b of so many rows stays in the second-level cache

template <typename Tile, typename Compute>
void in_blocks(const TileProduct& p, Compute compute) {
  const auto* a = static_cast<const float*>(p.a);
  const auto* b = static_cast<const float*>(p.b);
  for (std::int64_t k = 0; k == 0 || k < p.inner; k += inner_block) {
    const bool last = k + inner_block >= p.inner;
    const Tile tile{.a = a + k * p.a_inner,
                    .a_row = p.a_row,
                    .a_inner = p.a_inner,
                    .b = b + k * p.b_row,
                    .b_row = p.b_row,
                    .c = p.c,
                    .c_row = p.c_row,
                    .bias = last ? p.bias : nullptr,
                    .scale = p.scale,
                    .inner = last ? p.inner - k : inner_block,
                    .adds = p.adds || k > 0,
                    .words = last ? p.words : nullptr,
                    .words_row = p.words_row,
                    .rounds = last && p.rounds};
    compute(tile, p.rows, p.columns);
  }
}

// NaN stays NaN, as in narrow_span.
std::uint32_t half_of(float x) {
  std::uint16_t word;
  narrow_span(&x, &word, 1, Format::bf16);
  return word;
}

std::uint32_t half_of(std::uint16_t word) {
  return word;
}

template <typename Value>
void pair_any_columns(const Value* from, std::int64_t stride, std::int64_t rows, std::int64_t columns,
                      std::uint32_t* to, std::int64_t width) {
#if defined(__x86_64__)
  if (instruction_set() == InstructionSet::avx512_bf16)
    return avx512_bf16::pair_columns(from, stride, rows, columns, to, width);
#endif
  for (std::int64_t k = 0; k < rows; k += 2)
    for (std::int64_t c = 0; c < columns; ++c) {
      const Value* pair = from + c * stride + k;
      to[k / 2 * width + c] = half_of(pair[0]) | (k + 1 < rows ? half_of(pair[1]) << 16 : 0U);
    }
}

}  // namespace

TileKind tile_kind(Arithmetic arithmetic) {
  const bool pairs = arithmetic.format == Format::bf16 && arithmetic.native &&
                     instruction_set() == InstructionSet::avx512_bf16;
  return pairs ? TileKind::bf16_pairs : TileKind::floats;
}

void multiply(TileKind kind, const TileProduct& p) {
#if defined(__x86_64__)
  if (kind == TileKind::bf16_pairs) {
    if (instruction_set() != InstructionSet::avx512_bf16)
      throw RunError("This processor has no product of bf16 pairs.");
    return in_blocks<avx512_bf16::Tile>(p, avx512_bf16::compute_columns);
  }
  if (instruction_set() >= InstructionSet::avx512) return in_blocks<avx512::Tile>(p, avx512::compute_columns);
  if (instruction_set() == InstructionSet::avx2) return in_blocks<avx2::Tile>(p, avx2::compute_columns);
#else
  if (kind == TileKind::bf16_pairs) throw RunError("This processor has no product of bf16 pairs.");
#endif
  in_blocks<portable::Tile>(p, portable::compute_columns);
}

void pair_rows(const std::uint16_t* first, const std::uint16_t* second, std::uint32_t* to,
               std::int64_t columns) {
  std::int64_t i = 0;
#if defined(__x86_64__)
  if (instruction_set() >= InstructionSet::avx512) i = avx512::pair_words(first, second, to, columns);
#endif
  for (; i < columns; ++i)
    to[i] = first[i] | (second != nullptr ? static_cast<std::uint32_t>(second[i]) << 16 : 0U);
}

void pair_rows(const float* first, const float* second, std::uint32_t* to, std::int64_t columns) {
#if defined(__x86_64__)
  if (instruction_set() == InstructionSet::avx512_bf16)
    return avx512_bf16::pair_floats(first, second, to, columns);
  if (instruction_set() == InstructionSet::avx512) return avx512::pair_floats(first, second, to, columns);
#endif
  for (std::int64_t i = 0; i < columns; ++i)
    to[i] = half_of(first[i]) | (second != nullptr ? half_of(second[i]) << 16 : 0U);
}

void pair_columns(const std::uint16_t* from, std::int64_t stride, std::int64_t rows, std::int64_t columns,
                  std::uint32_t* to, std::int64_t width) {
  pair_any_columns(from, stride, rows, columns, to, width);
}

void pair_columns(const float* from, std::int64_t stride, std::int64_t rows, std::int64_t columns,
                  std::uint32_t* to, std::int64_t width) {
  pair_any_columns(from, stride, rows, columns, to, width);
}

void float_columns(const float* from, std::int64_t stride, std::int64_t rows, std::int64_t columns, float* to,
                   std::int64_t width) {
#if defined(__x86_64__)
  if (instruction_set() >= InstructionSet::avx512)
    return avx512::float_columns(from, stride, rows, columns, to, width);
#endif
  constexpr std::int64_t side = 8;  // blocks whose lines stay in the cache
  for (std::int64_t k = 0; k < rows; k += side)
    for (std::int64_t c = 0; c < columns; ++c)
      for (std::int64_t i = k; i < std::min(rows, k + side); ++i) to[i * width + c] = from[c * stride + i];
}

PackedFactor::PackedFactor(const at::Tensor& factor, Arithmetic arithmetic)
    : kind_(tile_kind(arithmetic)), columns_((factor.size(1) + 15) / 16 * 16) {
  if (arithmetic.format == Format::fp64) throw RunError("A packed factor holds at most 32 bits a value.");
  const std::int64_t rows = factor.size(0), used = factor.size(1);
  const bool pairs = kind_ == TileKind::bf16_pairs;
  inner_ = pairs ? (rows + 1) / 2 : rows;
  const bool exact = arithmetic.format == Format::fp32;
  const at::Tensor values =
      pairs || exact ? factor.to(at::kFloat).contiguous() : rounded_copy(factor, arithmetic.format);
  if (!pairs && used == columns_) {
    words_ = values;
    return;
  }
  words_ = at::empty({inner_, columns_}, values.options().dtype(pairs ? at::kInt : at::kFloat));
  const auto* from = values.const_data_ptr<float>();
  auto* to = static_cast<char*>(words_.mutable_data_ptr());
  for (std::int64_t i = 0; i < inner_; ++i, to += 4 * columns_) {
    const std::int64_t row = pairs ? 2 * i : i;
    const float* second = row + 1 < rows ? from + (row + 1) * used : nullptr;
    if (pairs)
      pair_rows(from + row * used, second, reinterpret_cast<std::uint32_t*>(to), used);
    else
      std::memcpy(to, from + row * used, static_cast<std::size_t>(4 * used));
    std::memset(to + 4 * used, 0, static_cast<std::size_t>(4 * (columns_ - used)));
  }
}

}  // namespace halfwave
