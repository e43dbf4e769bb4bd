#include "core/spectral/mode_layout.h"

#include "core/error.h"

#include <functional>
#include <numeric>
#include <string>

namespace halfwave {

std::int64_t ModeLayout::mode_count() const {
  return std::accumulate(modes.begin(), modes.end(), std::int64_t{1}, std::multiplies<>());
}

std::int64_t ModeLayout::point_count() const {
  return std::accumulate(grid.begin(), grid.end(), std::int64_t{1}, std::multiplies<>());
}

std::vector<std::int64_t> kept_frequencies(const ModeLayout& layout, std::size_t axis) {
  const auto kept = layout.modes[axis];
  const auto first = axis + 1 == layout.axes() ? 0 : -(kept / 2);
  std::vector<std::int64_t> frequencies(static_cast<std::size_t>(kept));
  std::iota(frequencies.begin(), frequencies.end(), first);
  return frequencies;
}

std::vector<std::int64_t> kept_modes(const std::vector<int>& modes) {
  std::vector<std::int64_t> kept(modes.begin(), modes.end());
  if (!kept.empty()) kept.back() = kept.back() / 2 + 1;
  return kept;
}

ModeLayout make_layout(const std::vector<std::int64_t>& grid, const std::vector<int>& modes) {
  if (grid.size() != modes.size())
    throw RequestError("The operator has modes along " + std::to_string(modes.size()) +
                       " axes, the data has " + std::to_string(grid.size()) +
                       ": both must have the same dimension.");
  for (std::size_t axis = 0; axis < grid.size(); ++axis)
    if (modes[axis] > grid[axis])
      throw RequestError("operator.modes[" + std::to_string(axis) + "]: " + std::to_string(modes[axis]) +
                         " is more than " + std::to_string(grid[axis]) + ", the most a " +
                         std::to_string(grid[axis]) + "-point axis carries");
  return {grid, kept_modes(modes)};
}

}  // namespace halfwave
