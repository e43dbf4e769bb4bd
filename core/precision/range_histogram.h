#pragma once

#include "core/precision/format.h"

#include <array>
#include <cstdint>

namespace halfwave {

/// How often each binary exponent occurs among some values, seen as values of one format. Free of LibTorch,
/// so that a window can hold it.
struct RangeHistogram {
  static constexpr int lowest_exponent =
      -149;  ///< of fp32's smallest subnormal; fp64 values below count here
  static constexpr int highest_exponent = 127;
  static constexpr int bin_count = highest_exponent - lowest_exponent + 1;

  std::array<std::uint32_t, bin_count> bins{};  ///< finite values other than zero, by floor(log2 |x|)
  std::uint64_t counted = 0;                    ///< values looked at
  std::uint64_t zeros = 0;
  std::uint64_t subnormal = 0;  ///< below the format's smallest normal number, zero not included
  std::uint64_t saturated = 0;  ///< at the format's largest finite value
  std::uint64_t infinite = 0;
  std::uint64_t nan = 0;

  /// Exponents of the smallest and largest finite value that is not zero; `empty()` when there is none.
  int smallest() const;
  int largest() const;
  bool empty() const { return counted == zeros + infinite + nan; }
  /// Doublings that the largest value is away from overflow in `format`; negative never occurs in values of
  /// it.
  int headroom(Format format) const { return facts(format).max_exponent - largest(); }
  std::uint32_t at(int exponent) const { return bins[static_cast<std::size_t>(exponent - lowest_exponent)]; }
};

}  // namespace halfwave
