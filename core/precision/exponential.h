#pragma once

#include "core/precision/rounding.h"

namespace halfwave {

/// exp(−y) for y in [0, 87], without branches: 2⁻ⁿ times a Taylor polynomial on |r| ≤ ln 2 / 2.
HALFWAVE_HD inline float decay(float y) {
  constexpr float shift = 12582912.0F;  // 1.5 · 2²³: adding it rounds to a whole number
  const float shifted = y * 1.44269504F + shift;
  const float n = shifted - shift;
  const float r = (y - n * 0.693359375F) + n * 2.12194440e-4F;
  float p = -1.98412698e-4F;
  p = p * r + 1.38888889e-3F;
  p = p * r - 8.33333333e-3F;
  p = p * r + 4.16666667e-2F;
  p = p * r - 1.66666667e-1F;
  p = p * r + 0.5F;
  p = p * r - 1.0F;
  p = p * r + 1.0F;
  const std::uint32_t bits = RoundToFormat::bits_of(shifted) - RoundToFormat::bits_of(shift);
  return p * RoundToFormat::float_of((127U - bits) << 23);
}

}  // namespace halfwave
