#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace halfwave::datasets {

/// What the axes of inputs and targets are, in the letters of `DatasetMap`.
struct Layouts {
  std::string x;
  std::string y;
};

/// Layouts under which two arrays have equally many samples on the same grid, or nothing. Samples come first.
/// Tried in this order: a grid of 2, 1, 3 axes (of `dimension` axes only, unless that is 0); for each, arrays
/// without channels, with channels before the grid, with channels after it if they are fewer than its points.
std::optional<Layouts> guess_layouts(const std::vector<std::int64_t>& x, const std::vector<std::int64_t>& y,
                                     int dimension);

/// The layout of an array of `axes` axes when C, T or both may be left out; nothing when it does not fit.
std::optional<std::string> fitted_layout(const std::string& layout, std::size_t axes);

/// The grid's letters in the order in which the axes are taken.
std::string grid_letters(const std::string& layout);

/// Frames [first, first + count) along T.
struct FrameRange {
  std::int64_t first = 0;
  std::int64_t count = -1;  ///< −1: all that follow
};

/// Brings an array to (samples, channels, axis…): frames are picked, each grid axis keeps every
/// `subsample`-th point from the first on; frames and channels become one axis, frames slowest. An axis more
/// than the layout has letters is a last one, of the parts of complex numbers.
at::Tensor arranged(const at::Tensor& values, const std::string& layout, const FrameRange& frames,
                    int subsample);

}  // namespace halfwave::datasets
