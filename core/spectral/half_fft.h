#pragma once

#include "core/precision/format.h"

#include <cstdint>
#include <string>
#include <vector>

namespace halfwave {

/// Why fast Fourier transforms in a 16-bit format cannot be had on a card of compute capability `capability`
/// (ten times the major number plus the minor one) for a grid, as a sentence; empty where they can. cuFFT's
/// documentation: 16-bit transforms are of powers of two only, fp16 from capability 5.3 and bf16 from 8.0 on.
inline std::string half_fft_problem(Format format, const std::vector<std::int64_t>& grid, int capability) {
  if (facts(format).storage_bits != 16) return {};
  const std::string what = "The engine fft has no transform in " + std::string(name(format));
  const int least = format == Format::bf16 ? 80 : 53;
  if (capability < least)
    return what + " on a card of compute capability " + std::to_string(capability / 10) + "." +
           std::to_string(capability % 10) + "; use the engine dft, which takes every card.";
  for (const std::int64_t n : grid)
    if (n < 1 || (n & (n - 1)) != 0)
      return what + " along an axis of " + std::to_string(n) +
             " points, which is not a power of two; use the engine dft, which takes every size.";
  return {};
}

}  // namespace halfwave
