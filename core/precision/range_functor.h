#pragma once

#include "core/precision/format.h"
#include "core/precision/host_device.h"
#include "core/precision/range_histogram.h"

#include <cstdint>
#include <cstring>

namespace halfwave {

/// Says for one fp32 value where it belongs in a histogram of a format: in the bin of its binary exponent, or
/// in one of the slots behind the bins. Free of branches, so that loops over it vectorise.
struct RangeSlot {
  static constexpr std::uint32_t zero = RangeHistogram::bin_count;
  static constexpr std::uint32_t infinite = zero + 1;
  static constexpr std::uint32_t nan = zero + 2;
  static constexpr std::uint32_t saturated = zero + 3;  ///< |x| is the format's largest finite value
  static constexpr std::uint32_t count = zero + 4;

  std::uint32_t max_finite_bits;

  /// Values of fp64 have no largest one in fp32, so none of them is found saturated here.
  static RangeSlot of(const FormatFacts& f) {
    const auto largest = static_cast<float>(f.max_finite);
    std::uint32_t bits = 0;
    std::memcpy(&bits, &largest, sizeof bits);
    return {f.max_exponent > RangeHistogram::highest_exponent ? 0xffffffffu : bits};
  }

  HALFWAVE_HD std::uint32_t operator()(float x) const {
    std::uint32_t bits;
    std::memcpy(&bits, &x, sizeof bits);
    const std::uint32_t magnitude = bits & 0x7fffffffu;
    // A subnormal is its mantissa times 2^-149; as a float that mantissa has the exponent sought.
    const auto mantissa = static_cast<float>(static_cast<std::int32_t>(magnitude & 0x007fffffu));
    std::uint32_t mantissa_bits;
    std::memcpy(&mantissa_bits, &mantissa, sizeof mantissa_bits);
    const std::uint32_t subnormal = (mantissa_bits >> 23) - 127u;
    const std::uint32_t normal = (magnitude >> 23) + 22u;  // biased exponent - 127 + 149

    std::uint32_t slot = magnitude < 0x00800000u ? subnormal : normal;
    slot = magnitude == max_finite_bits ? saturated : slot;
    slot = magnitude == 0u ? zero : slot;
    slot = magnitude == 0x7f800000u ? infinite : slot;
    slot = magnitude > 0x7f800000u ? nan : slot;
    return slot;
  }
};

}  // namespace halfwave
