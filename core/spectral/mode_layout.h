#pragma once

#include <cstdint>
#include <vector>

namespace halfwave {

/// Which Fourier modes of a grid are kept.
///
/// Along every axis but the last the kept frequencies are −K/2 … K − K/2 − 1, in this order (K the kept
/// modes); along the last axis, where a real field's spectrum is redundant, they are 0 … m − 1.
struct ModeLayout {
  std::vector<std::int64_t> grid;   ///< points along each axis
  std::vector<std::int64_t> modes;  ///< kept modes along each axis; the last is m

  std::size_t axes() const { return grid.size(); }
  std::int64_t mode_count() const;
  std::int64_t point_count() const;
  bool operator==(const ModeLayout&) const = default;
};

/// Kept frequencies along an axis: signed for every axis but the last.
std::vector<std::int64_t> kept_frequencies(const ModeLayout& layout, std::size_t axis);

/// The layout for an operator's `modes` (totals along each axis, as neuraloperator counts them: the last axis
/// keeps modes/2 + 1) on a grid. Throws RequestError when the grid cannot carry them.
ModeLayout make_layout(const std::vector<std::int64_t>& grid, const std::vector<int>& modes);

/// Kept modes along each axis for an operator's `modes`, whatever the grid.
std::vector<std::int64_t> kept_modes(const std::vector<int>& modes);

}  // namespace halfwave
