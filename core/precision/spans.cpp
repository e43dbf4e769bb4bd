#include "core/precision/spans.h"

#include "core/precision/rounding.h"
#include "core/precision/target_clones.h"

#include <c10/util/Half.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace halfwave {
namespace {

HALFWAVE_CLONES void widen_bf16(const std::uint16_t* from, float* to, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i)
    to[i] = RoundToFormat::float_of(static_cast<std::uint32_t>(from[i]) << 16);
}

HALFWAVE_CLONES void narrow_bf16(const float* from, std::uint16_t* to, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    const std::uint32_t u = RoundToFormat::bits_of(from[i]);
    const std::uint32_t rounded = (u + 0x7fffU + ((u >> 16) & 1U)) >> 16;
    const std::uint32_t quiet_nan = (u >> 16) | 0x40U;
    to[i] = static_cast<std::uint16_t>((u & 0x7fffffffU) > 0x7f800000U ? quiet_nan : rounded);
  }
}

HALFWAVE_CLONES void round_bf16(const float* from, float* to, std::int64_t count) {
#pragma GCC ivdep
  for (std::int64_t i = 0; i < count; ++i) {
    const std::uint32_t u = RoundToFormat::bits_of(from[i]);
    const std::uint32_t rounded = u + 0x7fffU + ((u >> 16) & 1U);
    const std::uint32_t quiet_nan = u | 0x400000U;
    to[i] = RoundToFormat::float_of(((u & 0x7fffffffU) > 0x7f800000U ? quiet_nan : rounded) & 0xffff0000U);
  }
}

HALFWAVE_CLONES void round_any(const float* from, float* to, std::int64_t count, RoundToFormat round) {
#pragma GCC ivdep
  for (std::int64_t i = 0; i < count; ++i) to[i] = round(from[i]);
}

void widen_scalar(const std::uint16_t* from, float* to, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) to[i] = c10::Half(from[i], c10::Half::from_bits());
}

void narrow_scalar(const float* from, std::uint16_t* to, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) to[i] = c10::Half(from[i]).x;
}

}  // namespace

#if defined(__x86_64__)

#pragma GCC push_options
#pragma GCC target("avx512f")
namespace avx512 {
namespace {
constexpr std::int64_t lanes = 16;
// The masked forms of all lanes: the others make g++ 12 warn of values that are never read.
inline __m256i narrowed(const float* from) {
  return _mm512_maskz_cvtps_ph(0xffff, _mm512_loadu_ps(from), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
void widen(const std::uint16_t* from, float* to, std::int64_t blocks) {
  for (std::int64_t i = 0; i < blocks; ++i, from += lanes, to += lanes)
    _mm512_storeu_ps(
        to, _mm512_maskz_cvtph_ps(0xffff, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from))));
}
void narrow(const float* from, std::uint16_t* to, std::int64_t blocks) {
  for (std::int64_t i = 0; i < blocks; ++i, from += lanes, to += lanes)
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), narrowed(from));
}
void round(const float* from, float* to, std::int64_t blocks) {
  for (std::int64_t i = 0; i < blocks; ++i, from += lanes, to += lanes)
    _mm512_storeu_ps(to, _mm512_maskz_cvtph_ps(0xffff, narrowed(from)));
}
}  // namespace
}  // namespace avx512
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx2,f16c")
namespace avx2 {
namespace {
constexpr std::int64_t lanes = 8;
inline __m128i narrowed(const float* from) {
  return _mm256_cvtps_ph(_mm256_loadu_ps(from), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
void widen(const std::uint16_t* from, float* to, std::int64_t blocks) {
  for (std::int64_t i = 0; i < blocks; ++i, from += lanes, to += lanes)
    _mm256_storeu_ps(to, _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from))));
}
void narrow(const float* from, std::uint16_t* to, std::int64_t blocks) {
  for (std::int64_t i = 0; i < blocks; ++i, from += lanes, to += lanes)
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), narrowed(from));
}
void round(const float* from, float* to, std::int64_t blocks) {
  for (std::int64_t i = 0; i < blocks; ++i, from += lanes, to += lanes)
    _mm256_storeu_ps(to, _mm256_cvtph_ps(narrowed(from)));
}
}  // namespace
}  // namespace avx2
#pragma GCC pop_options

namespace {

/// 16, 8, or 1 where there are no such instructions.
std::int64_t half_lanes() {
  static const std::int64_t lanes = __builtin_cpu_supports("avx512f")                                  ? 16
                                    : __builtin_cpu_supports("avx2") && __builtin_cpu_supports("f16c") ? 8
                                                                                                       : 1;
  return lanes;
}

void widen_fp16(const std::uint16_t* from, float* to, std::int64_t count) {
  const std::int64_t lanes = half_lanes(), whole = lanes == 1 ? 0 : count / lanes * lanes;
  if (lanes == avx512::lanes) avx512::widen(from, to, count / lanes);
  if (lanes == avx2::lanes) avx2::widen(from, to, count / lanes);
  widen_scalar(from + whole, to + whole, count - whole);
}

void narrow_fp16(const float* from, std::uint16_t* to, std::int64_t count) {
  const std::int64_t lanes = half_lanes(), whole = lanes == 1 ? 0 : count / lanes * lanes;
  if (lanes == avx512::lanes) avx512::narrow(from, to, count / lanes);
  if (lanes == avx2::lanes) avx2::narrow(from, to, count / lanes);
  narrow_scalar(from + whole, to + whole, count - whole);
}

void round_fp16(const float* from, float* to, std::int64_t count) {
  const std::int64_t lanes = half_lanes(), whole = lanes == 1 ? 0 : count / lanes * lanes;
  if (lanes == avx512::lanes) avx512::round(from, to, count / lanes);
  if (lanes == avx2::lanes) avx2::round(from, to, count / lanes);
  round_any(from + whole, to + whole, count - whole, RoundToFormat::of(facts(Format::fp16)));
}

}  // namespace

#else

namespace {
void widen_fp16(const std::uint16_t* from, float* to, std::int64_t count) {
  widen_scalar(from, to, count);
}
void narrow_fp16(const float* from, std::uint16_t* to, std::int64_t count) {
  narrow_scalar(from, to, count);
}
void round_fp16(const float* from, float* to, std::int64_t count) {
  round_any(from, to, count, RoundToFormat::of(facts(Format::fp16)));
}
}  // namespace

#endif

void widen_span(const void* from, float* to, std::int64_t count, Format format) {
  const auto* words = static_cast<const std::uint16_t*>(from);
  if (format == Format::fp16)
    widen_fp16(words, to, count);
  else
    widen_bf16(words, to, count);
}

void narrow_span(const float* from, void* to, std::int64_t count, Format format) {
  auto* words = static_cast<std::uint16_t*>(to);
  if (format == Format::fp16)
    narrow_fp16(from, words, count);
  else
    narrow_bf16(from, words, count);
}

void round_span(const float* from, float* to, std::int64_t count, Format format) {
  if (format == Format::fp16)
    round_fp16(from, to, count);
  else if (format == Format::bf16)
    round_bf16(from, to, count);
  else
    round_any(from, to, count, RoundToFormat::of(facts(format)));
}

}  // namespace halfwave
