#include "core/operators/word_spans.h"

#include "core/operators/gelu_functor.h"
#include "core/precision/format.h"
#include "core/precision/instruction_set.h"
#include "core/precision/rounding.h"

#include <cmath>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace halfwave {
namespace {

constexpr std::int64_t lanes = 16;

float wide(std::uint16_t word) {
  return RoundToFormat::float_of(static_cast<std::uint32_t>(word) << 16);
}

std::uint16_t narrow(float x) {
  const std::uint32_t u = RoundToFormat::bits_of(x);
  const std::uint32_t rounded = (u + 0x7fffU + ((u >> 16) & 1U)) >> 16, quiet_nan = (u >> 16) | 0x40U;
  return static_cast<std::uint16_t>((u & 0x7fffffffU) > 0x7f800000U ? quiet_nan : rounded);
}

std::uint16_t gelu_word(float x) {
  return narrow(gelu_value(x, normal_tail(x)));
}

void sum_rows(const WordSum& s, std::int64_t rows, std::int64_t channels) {
  for (std::int64_t i = 0; i < rows * channels; ++i) {
    const std::int64_t c = i % channels;
    float sum = wide(s.x[i]);
    if (s.bias != nullptr) sum = wide(narrow(sum + s.bias[c]));
    if (s.around != nullptr) {
      const float around = wide(s.around[i]);
      sum += s.gate != nullptr ? wide(narrow(around * s.gate[c])) : around;
    }
    s.sum[i] = narrow(sum);
    if (s.activated != nullptr) s.activated[i] = gelu_word(wide(s.sum[i]));
  }
}

}  // namespace

#if defined(__x86_64__)
namespace {

constexpr int degree = 4, segments = 32;
constexpr float last = 3.93F;  ///< the segments' end, below which x goes by the full formula

/// Functions of |x| by polynomials in the distance from the nearest multiple of 1/8.
struct SegmentTable {
  alignas(64) float tail[degree + 1][segments];  ///< Φ(−|x|)
  alignas(64) float slope[degree + 1][segments];  ///< Φ(−|x|) − |x| φ(x), the derivative of x Φ(x) at −|x|

  SegmentTable() {
    const double pi = std::acos(-1.0);
    const auto tail_of = [](double a) { return 0.5 * std::erfc(a / std::sqrt(2.0)); };
    const auto slope_of = [&](double a) {
      return tail_of(a) - a * std::exp(-a * a / 2) / std::sqrt(2.0 * pi);
    };
    for (int s = 0; s < segments; ++s) {
      interpolate(tail_of, s, tail);
      interpolate(slope_of, s, slope);
    }
  }

  // Through the Chebyshev points of a segment, by Newton's divided differences.
  template <typename Function>
  static void interpolate(Function f, int segment, float (&to)[degree + 1][segments]) {
    constexpr int n = degree + 1;
    double at[n], difference[n], polynomial[n] = {};
    for (int i = 0; i < n; ++i) {
      at[i] = std::cos(std::acos(-1.0) * (2 * i + 1) / (2 * n)) / 16.0;
      difference[i] = f(segment / 8.0 + at[i]);
    }
    for (int order = 1; order < n; ++order)
      for (int i = n - 1; i >= order; --i)
        difference[i] = (difference[i] - difference[i - 1]) / (at[i] - at[i - order]);
    for (int i = n - 1; i >= 0; --i) {
      for (int k = n - 1; k > 0; --k) polynomial[k] = polynomial[k - 1] - at[i] * polynomial[k];
      polynomial[0] = difference[i] - at[i] * polynomial[0];
    }
    for (int k = 0; k < n; ++k) to[k][segment] = static_cast<float>(polynomial[k]);
  }
};

const SegmentTable& table() {
  static const SegmentTable values;
  return values;
}

}  // namespace

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")
namespace avx512_bf16 {
namespace {

#define HALFWAVE_WORDS inline __attribute__((always_inline))

HALFWAVE_WORDS __m512 widened(__m256i words) {
  const __m512i wide_words = _mm512_maskz_cvtepu16_epi32(0xffff, words);
  return _mm512_castsi512_ps(_mm512_maskz_slli_epi32(0xffff, wide_words, 16));
}

HALFWAVE_WORDS __m512 load(const std::uint16_t* from) {
  return widened(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
}

// The instruction takes subnormal values as zero; where there are some, integers do what it does not.
__attribute__((noinline)) __m256i narrowed_by_integers(__m512 x) {
  const __m512i u = _mm512_castps_si512(x);
  const __m512i odd = _mm512_and_si512(_mm512_maskz_srli_epi32(0xffff, u, 16), _mm512_set1_epi32(1));
  const __m512i up = _mm512_add_epi32(u, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff)));
  const __mmask16 nan = _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q);
  const __m512i rounded = _mm512_mask_or_epi32(up, nan, u, _mm512_set1_epi32(0x400000));
  return _mm512_maskz_cvtepi32_epi16(0xffff, _mm512_maskz_srli_epi32(0xffff, rounded, 16));
}

/// Lanes that a fast loop may not finish; it ends before it stores them.
struct Watch {
  __mmask16 trouble = 0;
};

template <bool exact>
HALFWAVE_WORDS __m256i narrowed(__m512 x, Watch& watch) {
  constexpr int subnormal = 0x20;
  if (exact) return narrowed_by_integers(x);
  watch.trouble |= _mm512_fpclass_ps_mask(x, subnormal);
  return reinterpret_cast<__m256i>(_mm512_maskz_cvtneps_pbh(0xffff, x));
}

HALFWAVE_WORDS void store(std::uint16_t* to, __m256i words) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), words);
}

/// |x| within the segments, how far it is from its segment's middle, and which that is (in the lowest bits).
struct Place {
  __m512 magnitude, distance;
  __m512i segment;
};

HALFWAVE_WORDS Place place_of(__m512 x) {
  const __m512 shift = _mm512_set1_ps(1572864.0F);  // 1.5 · 2²⁰: adding it rounds to a multiple of 1/8
  const __m512 magnitude = _mm512_maskz_min_ps(0xffff, _mm512_abs_ps(x), _mm512_set1_ps(last));
  const __m512 shifted = _mm512_add_ps(magnitude, shift);
  return {magnitude, _mm512_sub_ps(magnitude, _mm512_sub_ps(shifted, shift)), _mm512_castps_si512(shifted)};
}

HALFWAVE_WORDS __m512 polynomial(const float (&c)[degree + 1][segments], const Place& place) {
  const auto coefficient = [&](int k) {
    return _mm512_permutex2var_ps(_mm512_load_ps(c[k]), place.segment, _mm512_load_ps(c[k] + lanes));
  };
  __m512 p = coefficient(degree);
  for (int k = degree - 1; k >= 0; --k) p = _mm512_fmadd_ps(p, place.distance, coefficient(k));
  return p;
}

__attribute__((noinline)) void gelu_fully(const float* x, float* y) {
#pragma GCC ivdep
  for (std::int64_t i = 0; i < lanes; ++i) y[i] = gelu_value(x[i], normal_tail(x[i]));
}
__attribute__((noinline)) void slope_fully(const float* x, float* y) {
#pragma GCC ivdep
  for (std::int64_t i = 0; i < lanes; ++i) y[i] = gelu_slope(x[i], normal_tail(x[i]));
}
template <typename Function>
__m512 by(Function f, __m512 x) {
  alignas(64) float values[lanes], results[lanes];
  _mm512_store_ps(values, x);
  f(values, results);
  return _mm512_load_ps(results);
}

HALFWAVE_WORDS __mmask16 below_segments(__m512 x) {
  return _mm512_cmp_ps_mask(x, _mm512_set1_ps(-last), _CMP_LT_OQ);
}

// max(x, 0) − |x| Φ(−|x|). A NaN stays one, and a zero keeps its sign.
template <bool exact>
HALFWAVE_WORDS __m512 gelu_at(const SegmentTable& t, __m512 x, const Place& place, Watch& watch) {
  if (exact && below_segments(x) != 0) return by(gelu_fully, x);
  watch.trouble |= below_segments(x);
  const __m512 positive = _mm512_maskz_max_ps(0xffff, _mm512_setzero_ps(), x);
  return _mm512_fnmadd_ps(place.magnitude, polynomial(t.tail, place), positive);
}

template <bool exact>
HALFWAVE_WORDS __m512 slope_at(const SegmentTable& t, __m512 x, const Place& place, Watch& watch) {
  if (exact) return by(slope_fully, x);
  // Beyond the segments, where the magnitude is cut, on either side; a NaN is there as well.
  watch.trouble |= _mm512_cmp_ps_mask(place.magnitude, _mm512_set1_ps(last), _CMP_EQ_OQ);
  const __m512 below = polynomial(t.slope, place);
  const __mmask16 above = _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_GE_OQ);
  return _mm512_mask_sub_ps(below, above, _mm512_set1_ps(1.0F), below);
}

// The loops below take blocks of 16 from `i` up to `end` and return the one that only the exact loop may do.

template <bool exact>
std::int64_t gelu(const std::uint16_t* x, std::uint16_t* y, std::int64_t i, std::int64_t end) {
  const SegmentTable& t = table();
  for (; i < end; ++i) {
    Watch watch;
    const __m512 value = load(x + i * lanes);
    const __m256i words = narrowed<exact>(gelu_at<exact>(t, value, place_of(value), watch), watch);
    if (!exact && watch.trouble != 0) break;
    store(y + i * lanes, words);
  }
  return i;
}

template <bool exact, bool has_y>
std::int64_t gelu_and_backward(const std::uint16_t* x, std::uint16_t* y, const std::uint16_t* g,
                               std::uint16_t* gx, std::int64_t i, std::int64_t end) {
  const SegmentTable& t = table();
  for (; i < end; ++i) {
    Watch watch;
    const __m512 value = load(x + i * lanes);
    const Place place = place_of(value);
    const __m512 slope = slope_at<exact>(t, value, place, watch);
    const __m256i gradient = narrowed<exact>(_mm512_mul_ps(load(g + i * lanes), slope), watch);
    __m256i words{};
    if (has_y) words = narrowed<exact>(gelu_at<exact>(t, value, place, watch), watch);
    if (!exact && watch.trouble != 0) break;
    if (has_y) store(y + i * lanes, words);
    store(gx + i * lanes, gradient);
  }
  return i;
}

template <bool exact>
std::int64_t gate(const std::uint16_t* x, const float* w, std::uint16_t* y, std::int64_t channels,
                  std::int64_t i, std::int64_t end) {
  for (std::int64_t c = i * lanes % channels; i < end; ++i) {
    Watch watch;
    const __m256i words = narrowed<exact>(_mm512_mul_ps(load(x + i * lanes), _mm512_loadu_ps(w + c)), watch);
    if (!exact && watch.trouble != 0) break;
    store(y + i * lanes, words);
    c = c + lanes == channels ? 0 : c + lanes;
  }
  return i;
}

template <bool has_bias, bool has_around, bool has_gate, bool has_gelu, bool exact>
std::int64_t sum(const WordSum& s, std::int64_t channels, std::int64_t i, std::int64_t end) {
  const SegmentTable& t = table();
  for (std::int64_t c = i * lanes % channels; i < end; ++i) {
    Watch watch;
    __m512 x = load(s.x + i * lanes);
    if (has_bias) x = widened(narrowed<exact>(_mm512_add_ps(x, _mm512_loadu_ps(s.bias + c)), watch));
    if (has_around) {
      __m512 around = load(s.around + i * lanes);
      if (has_gate)
        around = widened(narrowed<exact>(_mm512_mul_ps(around, _mm512_loadu_ps(s.gate + c)), watch));
      x = _mm512_add_ps(x, around);
    }
    const __m256i words = narrowed<exact>(x, watch);
    __m256i activated{};
    if (has_gelu) {
      const __m512 value = widened(words);
      activated = narrowed<exact>(gelu_at<exact>(t, value, place_of(value), watch), watch);
    }
    if (!exact && watch.trouble != 0) break;
    store(s.sum + i * lanes, words);
    if (has_gelu) store(s.activated + i * lanes, activated);
    c = c + lanes == channels ? 0 : c + lanes;
  }
  return i;
}

template <typename Fast, typename Exact>
void in_turn(std::int64_t blocks, Fast fast, Exact one) {
  for (std::int64_t i = 0; i < blocks; ++i) {
    i = fast(i);
    if (i < blocks) one(i);
  }
}

template <bool has_bias, bool has_around, bool has_gate, bool has_gelu>
void sum_with(const WordSum& s, std::int64_t channels, std::int64_t blocks) {
  in_turn(
      blocks,
      [&](std::int64_t i) {
        return sum<has_bias, has_around, has_gate, has_gelu, false>(s, channels, i, blocks);
      },
      [&](std::int64_t i) { sum<has_bias, has_around, has_gate, has_gelu, true>(s, channels, i, i + 1); });
}

template <bool has_bias, bool has_around, bool has_gate>
void sum_with(const WordSum& s, std::int64_t channels, std::int64_t blocks) {
  if (s.activated != nullptr) return sum_with<has_bias, has_around, has_gate, true>(s, channels, blocks);
  sum_with<has_bias, has_around, has_gate, false>(s, channels, blocks);
}

template <bool has_bias>
void sum_with(const WordSum& s, std::int64_t channels, std::int64_t blocks) {
  if (s.around == nullptr) return sum_with<has_bias, false, false>(s, channels, blocks);
  if (s.gate == nullptr) return sum_with<has_bias, true, false>(s, channels, blocks);
  sum_with<has_bias, true, true>(s, channels, blocks);
}

void gelu_blocks(const std::uint16_t* x, std::uint16_t* y, std::int64_t blocks) {
  in_turn(
      blocks, [&](std::int64_t i) { return gelu<false>(x, y, i, blocks); },
      [&](std::int64_t i) { gelu<true>(x, y, i, i + 1); });
}

template <bool has_y>
void gelu_and_backward_blocks(const std::uint16_t* x, std::uint16_t* y, const std::uint16_t* g,
                              std::uint16_t* gx, std::int64_t blocks) {
  in_turn(
      blocks, [&](std::int64_t i) { return gelu_and_backward<false, has_y>(x, y, g, gx, i, blocks); },
      [&](std::int64_t i) { gelu_and_backward<true, has_y>(x, y, g, gx, i, i + 1); });
}

// Interleaves the words of two registers: their lower halves, and their upper ones.
void pair_rows(const std::uint16_t* x, std::uint32_t* to, std::int64_t rows, std::int64_t channels) {
  alignas(64) std::uint16_t low_places[32], high_places[32];
  for (std::uint16_t i = 0; i < 32; ++i) {
    low_places[i] = static_cast<std::uint16_t>(i / 2 + i % 2 * 32);
    high_places[i] = static_cast<std::uint16_t>(low_places[i] + 16);
  }
  const __m512i low = _mm512_load_si512(low_places), high = _mm512_load_si512(high_places);
  for (std::int64_t r = 0; r < rows; r += 2, x += 2 * channels, to += channels)
    for (std::int64_t c = 0; c < channels; c += 2 * lanes) {
      const __mmask32 mask = c + lanes < channels ? ~0U : 0xffffU;
      const __m512i first = _mm512_maskz_loadu_epi16(mask, x + c);
      const __m512i second = _mm512_maskz_loadu_epi16(r + 1 < rows ? mask : 0U, x + channels + c);
      _mm512_storeu_si512(to + c, _mm512_permutex2var_epi16(first, low, second));
      if (c + lanes < channels)
        _mm512_storeu_si512(to + c + lanes, _mm512_permutex2var_epi16(first, high, second));
    }
}

template <bool has_x>
void add_rows(const std::uint16_t* g, const std::uint16_t* x, float* sums, std::int64_t rows,
              std::int64_t channels) {
  for (std::int64_t c = 0; c < channels; c += lanes) {
    __m512 sum = _mm512_loadu_ps(sums + c);
    for (std::int64_t r = 0; r < rows; ++r) {
      const __m512 value = load(g + r * channels + c);
      sum = has_x ? _mm512_fmadd_ps(value, load(x + r * channels + c), sum) : _mm512_add_ps(value, sum);
    }
    _mm512_storeu_ps(sums + c, sum);
  }
}

void gate_blocks(const std::uint16_t* x, const float* w, std::uint16_t* y, std::int64_t channels,
                 std::int64_t blocks) {
  in_turn(
      blocks, [&](std::int64_t i) { return gate<false>(x, w, y, channels, i, blocks); },
      [&](std::int64_t i) { gate<true>(x, w, y, channels, i, i + 1); });
}

#undef HALFWAVE_WORDS

}  // namespace
}  // namespace avx512_bf16
#pragma GCC pop_options
#endif

namespace {

// How many values, from the first on, whole registers take.
std::int64_t in_registers(std::int64_t count) {
  return instruction_set() == InstructionSet::avx512_bf16 ? count / lanes * lanes : 0;
}

}  // namespace

void gelu_words(const std::uint16_t* x, std::uint16_t* y, std::int64_t count) {
  const std::int64_t whole = in_registers(count);
#if defined(__x86_64__)
  if (whole > 0) avx512_bf16::gelu_blocks(x, y, whole / lanes);
#endif
  for (std::int64_t i = whole; i < count; ++i) y[i] = gelu_word(wide(x[i]));
}

void gelu_and_backward_words(const std::uint16_t* x, std::uint16_t* y, const std::uint16_t* g,
                             std::uint16_t* gx, std::int64_t count) {
  const std::int64_t whole = in_registers(count);
#if defined(__x86_64__)
  if (whole > 0 && y != nullptr) avx512_bf16::gelu_and_backward_blocks<true>(x, y, g, gx, whole / lanes);
  if (whole > 0 && y == nullptr) avx512_bf16::gelu_and_backward_blocks<false>(x, y, g, gx, whole / lanes);
#endif
  for (std::int64_t i = whole; i < count; ++i) {
    const float value = wide(x[i]);
    gx[i] = narrow(wide(g[i]) * gelu_slope(value, normal_tail(value)));
    if (y != nullptr) y[i] = gelu_word(value);
  }
}

void gate_word_rows(const std::uint16_t* x, const float* w, std::uint16_t* y, std::int64_t rows,
                    std::int64_t channels) {
#if defined(__x86_64__)
  if (in_registers(channels) == channels)
    return avx512_bf16::gate_blocks(x, w, y, channels, rows * channels / lanes);
#endif
  for (std::int64_t i = 0; i < rows * channels; ++i) y[i] = narrow(wide(x[i]) * w[i % channels]);
}

void pair_word_rows(const std::uint16_t* x, std::uint32_t* to, std::int64_t rows, std::int64_t channels) {
#if defined(__x86_64__)
  if (in_registers(channels) == channels) return avx512_bf16::pair_rows(x, to, rows, channels);
#endif
  for (std::int64_t r = 0; r < rows; r += 2, x += 2 * channels, to += channels)
    for (std::int64_t c = 0; c < channels; ++c)
      to[c] = x[c] | (r + 1 < rows ? static_cast<std::uint32_t>(x[channels + c]) << 16 : 0U);
}

void add_word_rows(const std::uint16_t* g, float* sums, std::int64_t rows, std::int64_t channels) {
#if defined(__x86_64__)
  if (in_registers(channels) == channels)
    return avx512_bf16::add_rows<false>(g, nullptr, sums, rows, channels);
#endif
  for (std::int64_t i = 0; i < rows * channels; ++i) sums[i % channels] += wide(g[i]);
}

void add_word_products(const std::uint16_t* g, const std::uint16_t* x, float* sums, std::int64_t rows,
                       std::int64_t channels) {
#if defined(__x86_64__)
  if (in_registers(channels) == channels) return avx512_bf16::add_rows<true>(g, x, sums, rows, channels);
#endif
  for (std::int64_t i = 0; i < rows * channels; ++i) sums[i % channels] += wide(g[i]) * wide(x[i]);
}

void sum_word_rows(const WordSum& stage, std::int64_t rows, std::int64_t channels) {
#if defined(__x86_64__)
  if (in_registers(channels) == channels)
    return stage.bias != nullptr ? avx512_bf16::sum_with<true>(stage, channels, rows * channels / lanes)
                                 : avx512_bf16::sum_with<false>(stage, channels, rows * channels / lanes);
#endif
  sum_rows(stage, rows, channels);
}

}  // namespace halfwave
