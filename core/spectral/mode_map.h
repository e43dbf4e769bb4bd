#pragma once

#include "core/precision/host_device.h"

#include <cstddef>
#include <cstdint>

namespace halfwave {

/// Where the kept modes of a layout lie in the half spectrum of a real field: (n₁, …, n_{d−1}, n_d/2 + 1), of
/// one to three axes. Free of allocation, so that a GPU can hold it.
struct ModeMap {
  static constexpr int most_axes = 3;

  int axes;
  std::int64_t grid[most_axes], modes[most_axes];

  /// Of a `ModeLayout`, whose header nvcc cannot read where it takes C++17 alone.
  template <typename Layout>
  static ModeMap of(const Layout& layout) {
    ModeMap map{static_cast<int>(layout.axes()), {1, 1, 1}, {1, 1, 1}};
    for (std::size_t axis = 0; axis < layout.axes(); ++axis) {
      map.grid[axis] = layout.grid[axis];
      map.modes[axis] = layout.modes[axis];
    }
    return map;
  }

  /// Values of the half spectrum along an axis.
  HALFWAVE_HD std::int64_t extent(int axis) const {
    return axis + 1 == axes ? grid[axis] / 2 + 1 : grid[axis];
  }
  HALFWAVE_HD std::int64_t spectrum_size() const {
    std::int64_t size = 1;
    for (int axis = 0; axis < axes; ++axis) size *= extent(axis);
    return size;
  }
  HALFWAVE_HD std::int64_t mode_count() const {
    std::int64_t count = 1;
    for (int axis = 0; axis < axes; ++axis) count *= modes[axis];
    return count;
  }

  /// The place in the spectrum of the k-th kept mode.
  HALFWAVE_HD std::int64_t place_of(std::int64_t k) const {
    std::int64_t place = 0, stride = 1;
    for (int axis = axes; axis-- > 0;) {
      const std::int64_t index = k % modes[axis];
      k /= modes[axis];
      std::int64_t frequency = axis + 1 == axes ? index : index - modes[axis] / 2;
      if (frequency < 0) frequency += grid[axis];
      place += frequency * stride;
      stride *= extent(axis);
    }
    return place;
  }

  /// The kept mode at a place of the spectrum, or at the place of its mirror image −k; −1 where none is kept.
  HALFWAVE_HD std::int64_t kept_at(std::int64_t place, bool mirrored = false) const {
    std::int64_t k = 0, stride = 1;
    for (int axis = axes; axis-- > 0;) {
      std::int64_t frequency = place % extent(axis);
      place /= extent(axis);
      if (axis + 1 < axes) {
        if (mirrored && frequency > 0) frequency = grid[axis] - frequency;
        // Signed, in −K/2 … K − K/2 − 1 where it is kept.
        const std::int64_t positive = modes[axis] - modes[axis] / 2;
        frequency =
            frequency < positive ? frequency + modes[axis] / 2 : frequency - grid[axis] + modes[axis] / 2;
      }
      if (frequency < 0 || frequency >= modes[axis]) return -1;
      k += frequency * stride;
      stride *= modes[axis];
    }
    return k;
  }

  /// Whether the mirror image of a place lies in the half spectrum as well: 0 and n/2 along the last axis.
  HALFWAVE_HD bool has_mirror(std::int64_t place) const {
    const std::int64_t last = place % extent(axes - 1);
    return last == 0 || 2 * last == grid[axes - 1];
  }
  /// The same of the k-th kept mode.
  HALFWAVE_HD bool mode_has_mirror(std::int64_t k) const {
    const std::int64_t last = k % modes[axes - 1];
    return last == 0 || 2 * last == grid[axes - 1];
  }
};

}  // namespace halfwave
