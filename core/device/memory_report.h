#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace halfwave {

/// What an allocation is for. `other` (datasets, files, the window) is never part of a total.
enum class MemoryCategory : std::uint8_t { weights, gradients, optimizer, saved_activations, scratch, other };

inline constexpr std::array counted_categories = {MemoryCategory::weights, MemoryCategory::gradients,
                                                  MemoryCategory::optimizer,
                                                  MemoryCategory::saved_activations, MemoryCategory::scratch};
std::string_view name(MemoryCategory category);

/// Bytes by category. `peak` is the split at the moment when the counted total was largest.
struct MemoryReport {
  std::array<std::int64_t, 6> live{};
  std::array<std::int64_t, 6> peak{};
  std::int64_t peak_total = 0;

  /// Keeps the larger of both peaks, with its split.
  void merge_peak(const MemoryReport& other) {
    if (other.peak_total <= peak_total) return;
    peak = other.peak;
    peak_total = other.peak_total;
  }

  std::int64_t live_of(MemoryCategory c) const { return live[static_cast<std::size_t>(c)]; }
  std::int64_t peak_of(MemoryCategory c) const { return peak[static_cast<std::size_t>(c)]; }
};

}  // namespace halfwave
