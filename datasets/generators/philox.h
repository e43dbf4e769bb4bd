#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>

namespace halfwave::datasets {

/// Philox4x32-10, a counter-based random generator (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as
/// easy as 1, 2, 3", SC 2011): any block is had without the ones before it, so results do not depend on the
/// order or the number of threads.
inline std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::uint64_t key) {
  auto k0 = static_cast<std::uint32_t>(key);
  auto k1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53} * counter[0];
    const std::uint64_t p1 = std::uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<std::uint32_t>(p1 >> 32) ^ counter[1] ^ k0, static_cast<std::uint32_t>(p1),
               static_cast<std::uint32_t>(p0 >> 32) ^ counter[3] ^ k1, static_cast<std::uint32_t>(p0)};
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  return counter;
}

/// Two independent standard normal numbers from one block, by Box and Muller.
inline std::array<double, 2> philox_normals(const std::array<std::uint32_t, 4>& counter, std::uint64_t key) {
  const auto bits = philox(counter, key);
  const auto unit = [](std::uint32_t high, std::uint32_t low) {  // in (0, 1]
    const std::uint64_t joined = (std::uint64_t{high} << 32 | low) >> 11;
    return (static_cast<double>(joined) + 1.0) * 0x1p-53;
  };
  const double radius = std::sqrt(-2.0 * std::log(unit(bits[0], bits[1])));
  const double angle = 2.0 * std::numbers::pi * unit(bits[2], bits[3]);
  return {radius * std::cos(angle), radius * std::sin(angle)};
}

}  // namespace halfwave::datasets
