#include "datasets/dataset_checks.h"

#include "datasets/layout.h"
#include "datasets/readers/array_storage.h"
#include "datasets/readers/format_problem.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace halfwave::datasets {
namespace {

int dimension_of(const Dataset& dataset) {
  const auto axes = std::max(dataset.x.dim(), dataset.y.dim());
  switch (axes) {
    case 2:
      return 1;
    case 3:
    case 4:
      return 2;
    case 5:
      return 3;
    default:
      throw FormatProblem("has tensors of " + std::to_string(axes) +
                          " axes; 2 to 5 are needed (samples, perhaps channels, and 1 to 3 grid axes)");
  }
}

at::Tensor with_channels(const at::Tensor& tensor, int dimension, const char* name) {
  if (tensor.dim() == dimension + 2) return tensor;
  if (tensor.dim() == dimension + 1) return tensor.unsqueeze(1);
  throw FormatProblem("has " + std::string(name) + " of shape " + shape_text(tensor.sizes().vec()) +
                      "; for data of dimension " + std::to_string(dimension) + " that needs " +
                      std::to_string(dimension + 1) + " axes, or " + std::to_string(dimension + 2) +
                      " with channels");
}

void require_finite(const at::Tensor& values, const std::string& name) {
  const std::int64_t samples = values.size(0);
  // One pass in the usual case: a sum over magnitudes is finite unless a value is not (or it overflows fp64,
  // which sums of float32 cannot).
  if (std::isfinite(values.abs().sum(at::kDouble).item<double>())) return;
  const std::int64_t nan = values.isnan().sum().item<std::int64_t>();
  const std::int64_t infinite = values.isinf().sum().item<std::int64_t>();
  const at::Tensor bad = values.isfinite().logical_not().reshape({samples, -1}).any(1);
  const std::int64_t first = bad.to(at::kInt).argmax().item<std::int64_t>();
  std::string what;
  if (nan > 0) what += std::to_string(nan) + " NaN";
  if (infinite > 0)
    what += (what.empty() ? "" : " and ") + std::to_string(infinite) + " infinite (or too large for fp32)";
  throw FormatProblem("holds values in " + name + " that are not finite: " + what + ", in " +
                      std::to_string(bad.sum().item<std::int64_t>()) + " of " + std::to_string(samples) +
                      " samples, the first of them sample " + std::to_string(first) + " (counted from 0)");
}

}  // namespace

void shape_as_samples(Dataset& dataset, int dimension) {
  if (dataset.x.dim() == 0 || dataset.y.dim() == 0)
    throw FormatProblem("holds a single number where tensors of samples are needed");
  if (dataset.x.size(0) != dataset.y.size(0))
    throw FormatProblem("has " + std::to_string(dataset.x.size(0)) + " samples in x but " +
                        std::to_string(dataset.y.size(0)) + " in y; both need the same number");
  if (const auto layouts = guess_layouts(dataset.x.sizes().vec(), dataset.y.sizes().vec(), dimension)) {
    dataset.x = arranged(dataset.x, layouts->x, {}, 1);
    dataset.y = arranged(dataset.y, layouts->y, {}, 1);
    if (dataset.x.numel() == 0 || dataset.y.numel() == 0) throw FormatProblem("holds no values");
    return;
  }
  // Nothing fits; what follows finds the words for it.
  if (dimension == 0) dimension = dimension_of(dataset);
  dataset.x = with_channels(dataset.x, dimension, "x");
  dataset.y = with_channels(dataset.y, dimension, "y");
  if (dataset.x.numel() == 0 || dataset.y.numel() == 0) throw FormatProblem("holds no values");
  if (dataset.grid() != dataset.y.sizes().slice(2).vec())
    throw FormatProblem("has x on a grid of " + shape_text(dataset.x.sizes().slice(2).vec()) +
                        " points but y on one of " + shape_text(dataset.y.sizes().slice(2).vec()) +
                        "; both need the same grid");
}

void require_finite(const Dataset& dataset) {
  require_finite(dataset.x, "x");
  require_finite(dataset.y, "y");
}

std::string grid_label(const std::vector<std::int64_t>& grid) {
  std::string text;
  for (std::int64_t size : grid) text += (text.empty() ? "" : "x") + std::to_string(size);
  const bool equal =
      std::all_of(grid.begin(), grid.end(), [&](std::int64_t size) { return size == grid.front(); });
  return equal && !grid.empty() ? std::to_string(grid.front()) : text;
}

}  // namespace halfwave::datasets
