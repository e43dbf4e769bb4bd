#pragma once

#include "core/precision/host_device.h"
#include "core/precision/rounding.h"

namespace halfwave {

/// What a GELU and its derivative need of x; Φ is the normal distribution function.
struct NormalTail {
  float magnitude;    ///< |x|, at most 13.2: beyond, Φ(−|x|) is below every normal number
  float tail;         ///< Φ(−|x|)
  float exponential;  ///< exp(−x²/2)
};

/// exp(−x²/2) = 2⁻ⁿ · 2ᶠ, n the whole number nearest to x²/2 · log₂ e and 2ᶠ a polynomial (8·10⁻⁸).
/// Φ(−|x|) = exp(−x²/2) · Q(t), t = 1 / (1 + 0.26 |x|), Q a polynomial fitted for the least relative error on
/// |x| ≤ 13.2 (4·10⁻⁷).
HALFWAVE_HD inline NormalTail normal_tail(float x) {
  constexpr std::uint32_t last = 0x41533333U;  // 13.2; values without their signs are in order as integers
  constexpr float half_log2_e = 0.721347520F;
  constexpr float shift = 12582912.0F;  // 1.5 · 2²³: adding it rounds to a whole number
  const std::uint32_t unbounded = RoundToFormat::bits_of(x) & 0x7fffffffU;
  const float magnitude = RoundToFormat::float_of(unbounded < last ? unbounded : last);
  const float square = magnitude * magnitude;
  const float shifted = square * half_log2_e + shift;
  const float f = (shifted - shift) - square * half_log2_e;
  float p = 1.327646679e-3F;
  p = p * f + 9.675541293e-3F;
  p = p * f + 5.550713290e-2F;
  p = p * f + 2.402211972e-1F;
  p = p * f + 6.931469671e-1F;
  p = p * f + 1.000000072F;
  const std::uint32_t n = RoundToFormat::bits_of(shifted) - RoundToFormat::bits_of(shift);
  const float e = p * RoundToFormat::float_of((127U - n) << 23);
  const float t = 1.0F / (1.0F + 0.26F * magnitude);
  float q = -7.716731954e-2F;
  q = q * t + 2.460183446e-1F;
  q = q * t - 1.348846604e-1F;
  q = q * t + 1.916355968e-1F;
  q = q * t + 6.054204074e-2F;
  q = q * t + 1.108637779e-1F;
  q = q * t + 1.029576820e-1F;
  q = q * t + 3.437115444e-5F;
  return {magnitude, q * e, e};
}

/// x Φ(x) = max(x, 0) − |x| Φ(−|x|). A NaN stays one, and a zero keeps its sign.
HALFWAVE_HD inline float gelu_value(float x, NormalTail n) {
  return (0.0F > x ? 0.0F : x) - n.magnitude * n.tail;
}

/// Φ(x) + x φ(x).
HALFWAVE_HD inline float gelu_slope(float x, NormalTail n) {
  return (x < 0.0F ? n.tail : 1.0F - n.tail) + x * (0.398942280F * n.exponential);
}

}  // namespace halfwave
