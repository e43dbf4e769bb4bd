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

HALFWAVE_WORDS __m256i narrowed(__m512 x) {
  constexpr int subnormal = 0x20;
  if (__builtin_expect(_mm512_fpclass_ps_mask(x, subnormal) != 0, 0)) return narrowed_by_integers(x);
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

HALFWAVE_WORDS bool leaves_segments(__m512 x) {
  return __builtin_expect(_mm512_cmp_ps_mask(x, _mm512_set1_ps(-last), _CMP_LT_OQ) != 0, 0);
}

// max(x, 0) − |x| Φ(−|x|). A NaN stays one, and a zero keeps its sign.
HALFWAVE_WORDS __m512 gelu_at(const SegmentTable& t, __m512 x, const Place& place) {
  if (leaves_segments(x)) return by(gelu_fully, x);
  const __m512 positive = _mm512_maskz_max_ps(0xffff, _mm512_setzero_ps(), x);
  return _mm512_fnmadd_ps(place.magnitude, polynomial(t.tail, place), positive);
}

HALFWAVE_WORDS __m512 slope_at(const SegmentTable& t, __m512 x, const Place& place) {
  if (leaves_segments(x)) return by(slope_fully, x);
  const __m512 below = polynomial(t.slope, place);
  // A NaN is no less than zero and comes through the sum with x · 0.
  const __mmask16 above = _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_GE_OQ);
  const __mmask16 nan = _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q);
  return _mm512_mask_mov_ps(_mm512_mask_sub_ps(below, above, _mm512_set1_ps(1.0F), below), nan, x);
}

void gelu(const std::uint16_t* x, std::uint16_t* y, std::int64_t blocks) {
  const SegmentTable& t = table();
  for (std::int64_t i = 0; i < blocks; ++i, x += lanes, y += lanes) {
    const __m512 value = load(x);
    store(y, narrowed(gelu_at(t, value, place_of(value))));
  }
}

void gelu_and_backward(const std::uint16_t* x, std::uint16_t* y, const std::uint16_t* g, std::uint16_t* gx,
                       std::int64_t blocks) {
  const SegmentTable& t = table();
  for (std::int64_t i = 0; i < blocks; ++i, x += lanes, y += lanes, g += lanes, gx += lanes) {
    const __m512 value = load(x);
    const Place place = place_of(value);
    const __m512 gradient = _mm512_mul_ps(load(g), slope_at(t, value, place));
    store(y, narrowed(gelu_at(t, value, place)));
    store(gx, narrowed(gradient));
  }
}

void gate(const std::uint16_t* x, const float* w, std::uint16_t* y, std::int64_t rows,
          std::int64_t channels) {
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t c = 0; c < channels; c += lanes, x += lanes, y += lanes)
      store(y, narrowed(_mm512_mul_ps(load(x), _mm512_loadu_ps(w + c))));
}

template <bool has_bias, bool has_around, bool has_gate, bool has_gelu>
void sum(const WordSum& s, std::int64_t rows, std::int64_t channels) {
  const SegmentTable& t = table();
  std::int64_t i = 0;
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t c = 0; c < channels; c += lanes, i += lanes) {
      __m512 x = load(s.x + i);
      if (has_bias) x = widened(narrowed(_mm512_add_ps(x, _mm512_loadu_ps(s.bias + c))));
      if (has_around) {
        __m512 around = load(s.around + i);
        if (has_gate) around = widened(narrowed(_mm512_mul_ps(around, _mm512_loadu_ps(s.gate + c))));
        x = _mm512_add_ps(x, around);
      }
      const __m256i words = narrowed(x);
      store(s.sum + i, words);
      if (has_gelu) {
        const __m512 value = widened(words);
        store(s.activated + i, narrowed(gelu_at(t, value, place_of(value))));
      }
    }
}

template <bool has_bias, bool has_around, bool has_gate>
void sum_with(const WordSum& s, std::int64_t rows, std::int64_t channels) {
  if (s.activated != nullptr) return sum<has_bias, has_around, has_gate, true>(s, rows, channels);
  sum<has_bias, has_around, has_gate, false>(s, rows, channels);
}

template <bool has_bias>
void sum_with(const WordSum& s, std::int64_t rows, std::int64_t channels) {
  if (s.around == nullptr) return sum_with<has_bias, false, false>(s, rows, channels);
  if (s.gate == nullptr) return sum_with<has_bias, true, false>(s, rows, channels);
  sum_with<has_bias, true, true>(s, rows, channels);
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
  if (whole > 0) avx512_bf16::gelu(x, y, whole / lanes);
#endif
  for (std::int64_t i = whole; i < count; ++i) y[i] = gelu_word(wide(x[i]));
}

void gelu_and_backward_words(const std::uint16_t* x, std::uint16_t* y, const std::uint16_t* g,
                             std::uint16_t* gx, std::int64_t count) {
  const std::int64_t whole = in_registers(count);
#if defined(__x86_64__)
  if (whole > 0) avx512_bf16::gelu_and_backward(x, y, g, gx, whole / lanes);
#endif
  for (std::int64_t i = whole; i < count; ++i) {
    const float value = wide(x[i]);
    gx[i] = narrow(wide(g[i]) * gelu_slope(value, normal_tail(value)));
    y[i] = gelu_word(value);
  }
}

void gate_word_rows(const std::uint16_t* x, const float* w, std::uint16_t* y, std::int64_t rows,
                    std::int64_t channels) {
#if defined(__x86_64__)
  if (in_registers(channels) == channels) return avx512_bf16::gate(x, w, y, rows, channels);
#endif
  for (std::int64_t i = 0; i < rows * channels; ++i) y[i] = narrow(wide(x[i]) * w[i % channels]);
}

void sum_word_rows(const WordSum& stage, std::int64_t rows, std::int64_t channels) {
#if defined(__x86_64__)
  if (in_registers(channels) == channels)
    return stage.bias != nullptr ? avx512_bf16::sum_with<true>(stage, rows, channels)
                                 : avx512_bf16::sum_with<false>(stage, rows, channels);
#endif
  sum_rows(stage, rows, channels);
}

}  // namespace halfwave
