#pragma once

#include "core/precision/format.h"
#include "core/precision/host_device.h"

#include <cstdint>
#include <cstring>

namespace halfwave {

/// Rounds fp32 values to a format of at most 32 bits and back: to nearest, ties to even. Overflow gives ±inf,
/// or the largest finite value in a format that saturates. NaN stays NaN, the sign of zero is kept,
/// subnormals are exact. Free of branches, so that loops over it vectorise.
struct RoundToFormat {
  std::uint32_t dropped_mask;  ///< mantissa bits that go
  std::uint32_t half_minus_one;
  int dropped_bits;
  std::uint32_t min_normal_bits;  ///< below this the spacing is constant; 0 where fp32's own is
  float subnormal_shift;          ///< adding and subtracting it rounds to the subnormal spacing
  std::uint32_t max_finite_bits;
  std::uint32_t overflow_bits;  ///< what replaces a value beyond the largest

  /// Facts must be of a format that is no wider than fp32.
  static RoundToFormat of(const FormatFacts& f) {
    RoundToFormat r{};
    r.dropped_bits = 23 - f.mantissa_bits;
    r.dropped_mask = (1u << r.dropped_bits) - 1u;
    r.half_minus_one = r.dropped_bits > 0 ? (1u << (r.dropped_bits - 1)) - 1u : 0u;
    const bool narrower_range = f.min_exponent > -126;
    r.min_normal_bits = narrower_range ? bits_of(static_cast<float>(f.min_normal)) : 0u;
    r.subnormal_shift = narrower_range ? static_cast<float>(f.min_subnormal) * 8388608.0f /* 2^23 */ : 0.0f;
    r.max_finite_bits = bits_of(static_cast<float>(f.max_finite));
    r.overflow_bits = f.saturates ? r.max_finite_bits : 0x7f800000u;
    return r;
  }

  HALFWAVE_HD static std::uint32_t bits_of(float x) {
    std::uint32_t u;
    std::memcpy(&u, &x, sizeof u);
    return u;
  }
  HALFWAVE_HD static float float_of(std::uint32_t u) {
    float x;
    std::memcpy(&x, &u, sizeof x);
    return x;
  }

  HALFWAVE_HD float operator()(float x) const {
    const std::uint32_t u = bits_of(x);
    const std::uint32_t sign = u & 0x80000000u;
    const std::uint32_t magnitude = u & 0x7fffffffu;

    const std::uint32_t odd = (magnitude >> dropped_bits) & (dropped_bits > 0 ? 1u : 0u);
    const std::uint32_t normal = (magnitude + half_minus_one + odd) & ~dropped_mask;
    const std::uint32_t subnormal = bits_of((float_of(magnitude) + subnormal_shift) - subnormal_shift);
    std::uint32_t rounded = magnitude < min_normal_bits ? subnormal : normal;
    rounded = rounded > max_finite_bits ? overflow_bits : rounded;
    rounded = magnitude > 0x7f800000u ? magnitude : rounded;  // NaN
    return float_of(rounded | sign);
  }
};

}  // namespace halfwave
