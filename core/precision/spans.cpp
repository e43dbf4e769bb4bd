#include "core/precision/spans.h"

#include "core/precision/instruction_set.h"
#include "core/precision/rounding.h"
#include "core/precision/target_clones.h"

#include <c10/util/Half.h>

#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace halfwave {
namespace {

HALFWAVE_CLONES void widen_bf16(const std::uint16_t* from, float* to, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i)
    to[i] = RoundToFormat::float_of(static_cast<std::uint32_t>(from[i]) << 16);
}

HALFWAVE_CLONES void narrow_bf16_words(const float* from, std::uint16_t* to, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    const std::uint32_t u = RoundToFormat::bits_of(from[i]);
    const std::uint32_t rounded = (u + 0x7fffU + ((u >> 16) & 1U)) >> 16;
    const std::uint32_t quiet_nan = (u >> 16) | 0x40U;
    to[i] = static_cast<std::uint16_t>((u & 0x7fffffffU) > 0x7f800000U ? quiet_nan : rounded);
  }
}

HALFWAVE_CLONES void round_bf16_words(const float* from, float* to, std::int64_t count) {
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

// bf16 by whole registers: left to itself, g++ takes halves of them.
using Words [[gnu::vector_size(64)]] = std::uint32_t;
using HalfWords [[gnu::vector_size(32)]] = std::uint16_t;

// The bits of bf16 values, still in the upper halves; lower ones are arbitrary.
inline Words rounded_bf16(const float* from) {
  Words u;
  std::memcpy(&u, from, sizeof u);
  const Words rounded = u + (0x7fffU + ((u >> 16) & 1U)), quiet_nan = u | 0x400000U;
  return (u & 0x7fffffffU) > 0x7f800000U ? quiet_nan : rounded;
}
void widen_bf16(const std::uint16_t* from, float* to, std::int64_t blocks) {
  for (std::int64_t i = 0; i < blocks; ++i, from += lanes, to += lanes) {
    HalfWords words;
    std::memcpy(&words, from, sizeof words);
    const Words wide = __builtin_convertvector(words, Words) << 16;
    std::memcpy(to, &wide, sizeof wide);
  }
}
void narrow_bf16(const float* from, std::uint16_t* to, std::int64_t blocks) {
  for (std::int64_t i = 0; i < blocks; ++i, from += lanes, to += lanes) {
    const HalfWords words = __builtin_convertvector(rounded_bf16(from) >> 16, HalfWords);
    std::memcpy(to, &words, sizeof words);
  }
}
void round_bf16(const float* from, float* to, std::int64_t blocks) {
  for (std::int64_t i = 0; i < blocks; ++i, from += lanes, to += lanes) {
    const Words words = rounded_bf16(from) & 0xffff0000U;
    std::memcpy(to, &words, sizeof words);
  }
}
}  // namespace
}  // namespace avx512
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")
namespace avx512_bf16 {
namespace {
constexpr std::int64_t lanes = 16;
constexpr int subnormal = 0x20;
// The instruction takes subnormal values as zero: blocks that hold some are left to the caller, who gets how
// many were done before.
template <typename Store>
std::int64_t convert(const float* from, std::int64_t blocks, Store store) {
  for (std::int64_t i = 0; i < blocks; ++i, from += lanes) {
    const __m512 x = _mm512_loadu_ps(from);
    if (_mm512_fpclass_ps_mask(x, subnormal) != 0) return i;
    store(i, reinterpret_cast<__m256i>(_mm512_maskz_cvtneps_pbh(0xffff, x)));
  }
  return blocks;
}
std::int64_t narrow(const float* from, std::uint16_t* to, std::int64_t blocks) {
  return convert(from, blocks, [to](std::int64_t i, __m256i words) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + i * lanes), words);
  });
}
std::int64_t round(const float* from, float* to, std::int64_t blocks) {
  return convert(from, blocks, [to](std::int64_t i, __m256i words) {
    const __m512i wide = _mm512_maskz_cvtepu16_epi32(0xffff, words);
    _mm512_storeu_si512(to + i * lanes, _mm512_maskz_slli_epi32(0xffff, wide, 16));
  });
}
}  // namespace
}  // namespace avx512_bf16
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
  const InstructionSet set = instruction_set();
  return set >= InstructionSet::avx512 ? 16 : set == InstructionSet::avx2 ? 8 : 1;
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

bool converts_bf16() {
  return instruction_set() == InstructionSet::avx512_bf16;
}

// How many values, from the first on, whole registers of the best kind take.
std::int64_t in_registers(std::int64_t count) {
  return half_lanes() == avx512::lanes ? count / avx512::lanes * avx512::lanes : 0;
}

void widen_any_bf16(const std::uint16_t* from, float* to, std::int64_t count) {
  const std::int64_t whole = in_registers(count);
  if (whole > 0) avx512::widen_bf16(from, to, whole / avx512::lanes);
  if (whole < count) widen_bf16(from + whole, to + whole, count - whole);
}

// Blocks of registers by `fast` as far as it comes, the next one by `exact`, and so on.
template <typename To, typename Fast, typename Exact>
void in_turn(const float* from, To* to, std::int64_t blocks, Fast fast, Exact exact) {
  constexpr std::int64_t lanes = avx512::lanes;
  if (!converts_bf16()) return exact(from, to, blocks);
  for (std::int64_t i = 0; i < blocks; ++i) {
    i += fast(from + i * lanes, to + i * lanes, blocks - i);
    if (i < blocks) exact(from + i * lanes, to + i * lanes, 1);
  }
}

void narrow_any_bf16(const float* from, std::uint16_t* to, std::int64_t count) {
  const std::int64_t whole = in_registers(count);
  if (whole > 0) in_turn(from, to, whole / avx512::lanes, avx512_bf16::narrow, avx512::narrow_bf16);
  if (whole < count) narrow_bf16_words(from + whole, to + whole, count - whole);
}

void round_any_bf16(const float* from, float* to, std::int64_t count) {
  const std::int64_t whole = in_registers(count);
  if (whole > 0) in_turn(from, to, whole / avx512::lanes, avx512_bf16::round, avx512::round_bf16);
  if (whole < count) round_bf16_words(from + whole, to + whole, count - whole);
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
void widen_any_bf16(const std::uint16_t* from, float* to, std::int64_t count) {
  widen_bf16(from, to, count);
}
void narrow_any_bf16(const float* from, std::uint16_t* to, std::int64_t count) {
  narrow_bf16_words(from, to, count);
}
void round_any_bf16(const float* from, float* to, std::int64_t count) {
  round_bf16_words(from, to, count);
}
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
    widen_any_bf16(words, to, count);
}

void narrow_span(const float* from, void* to, std::int64_t count, Format format) {
  auto* words = static_cast<std::uint16_t*>(to);
  if (format == Format::fp16)
    narrow_fp16(from, words, count);
  else
    narrow_any_bf16(from, words, count);
}

void round_span(const float* from, float* to, std::int64_t count, Format format) {
  if (format == Format::fp16)
    round_fp16(from, to, count);
  else if (format == Format::bf16)
    round_any_bf16(from, to, count);
  else
    round_any(from, to, count, RoundToFormat::of(facts(format)));
}

}  // namespace halfwave
