#include "datasets/layout.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace halfwave::datasets {
namespace {

using Shape = std::vector<std::int64_t>;

/// Samples and grid of a shape under a layout.
struct Parts {
  std::int64_t samples = 0;
  Shape grid;
};

Parts parts_of(const Shape& shape, const std::string& layout) {
  Parts parts;
  for (std::size_t axis = 0; axis < layout.size(); ++axis) {
    if (layout[axis] == 'N') parts.samples = shape[axis];
    if (grid_letters(layout).find(layout[axis]) != std::string::npos) parts.grid.push_back(shape[axis]);
  }
  return parts;
}

/// Channels are taken to come last only where they are fewer than the points of every axis.
bool few_channels_last(const Shape& shape, const std::string& layout, const Parts& parts) {
  return !layout.ends_with('C') || shape.back() < *std::min_element(parts.grid.begin(), parts.grid.end());
}

std::vector<std::string> candidates(std::size_t axes, int dimension) {
  const std::string grid = std::string("DHW").substr(static_cast<std::size_t>(3 - dimension));
  if (axes == grid.size() + 1) return {"N" + grid};
  if (axes == grid.size() + 2) return {"NC" + grid, "N" + grid + "C"};
  return {};
}

}  // namespace

std::string grid_letters(const std::string& layout) {
  std::string letters;
  for (char letter : std::string("DHWXYZ"))
    if (layout.find(letter) != std::string::npos) letters += letter;
  return letters;
}

std::optional<Layouts> guess_layouts(const Shape& x, const Shape& y, int dimension) {
  for (int axes : {2, 1, 3}) {
    if (dimension != 0 && axes != dimension) continue;
    for (const std::string& of_x : candidates(x.size(), axes))
      for (const std::string& of_y : candidates(y.size(), axes)) {
        // Two plane fields on different grids are no curves with channels.
        if (axes == 1 && of_x.ends_with('C') && of_y.ends_with('C')) continue;
        const Parts left = parts_of(x, of_x), right = parts_of(y, of_y);
        if (!few_channels_last(x, of_x, left) || !few_channels_last(y, of_y, right)) continue;
        if (left.samples == right.samples && left.grid == right.grid) return Layouts{of_x, of_y};
      }
  }
  return std::nullopt;
}

std::optional<std::string> fitted_layout(const std::string& layout, std::size_t axes) {
  std::string fitted = layout;
  for (char letter : {'C', 'T'}) {
    if (fitted.size() <= axes) break;
    if (const auto at = fitted.find(letter); at != std::string::npos) fitted.erase(at, 1);
  }
  if (fitted.size() != axes) return std::nullopt;
  return fitted;
}

at::Tensor arranged(const at::Tensor& values, const std::string& layout, const FrameRange& frames,
                    int subsample) {
  at::Tensor tensor = values;
  const std::string grid = grid_letters(layout);
  std::vector<std::int64_t> order = {0};
  const auto axis_of = [&](char letter) { return static_cast<std::int64_t>(layout.find(letter)); };
  order[0] = axis_of('N');
  if (const auto time = layout.find('T'); time != std::string::npos) {
    const auto axis = static_cast<std::int64_t>(time);
    const std::int64_t count = frames.count < 0 ? tensor.size(axis) - frames.first : frames.count;
    tensor = tensor.narrow(axis, frames.first, count);
    order.push_back(axis);
  }
  if (layout.find('C') != std::string::npos) order.push_back(axis_of('C'));
  if (tensor.dim() > static_cast<std::int64_t>(layout.size())) order.push_back(tensor.dim() - 1);
  for (char letter : grid) {
    tensor = tensor.slice(axis_of(letter), 0, std::nullopt, subsample);
    order.push_back(axis_of(letter));
  }
  tensor = tensor.permute(order);
  std::int64_t channels = 1;
  const auto grid_axes = static_cast<std::int64_t>(grid.size());
  for (std::int64_t axis = 1; axis < tensor.dim() - grid_axes; ++axis) channels *= tensor.size(axis);
  Shape sizes = {tensor.size(0), channels};
  for (std::int64_t axis = tensor.dim() - grid_axes; axis < tensor.dim(); ++axis)
    sizes.push_back(tensor.size(axis));
  return tensor.reshape(sizes).contiguous();
}

}  // namespace halfwave::datasets
