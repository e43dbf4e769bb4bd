#include "core/data/normalizer.h"

#include "core/data/normalizer_fit.h"

#include <ATen/ATen.h>

namespace halfwave {
namespace {

/// Least divisor of a point, in root mean square deviations of its channel.
constexpr double least_share = 1e-3;

at::Tensor divisor_of(const at::Tensor& deviation) {
  if (deviation.numel() == deviation.size(1)) return deviation + Normalizer::epsilon;
  std::vector<std::int64_t> grid;
  for (std::int64_t axis = 2; axis < deviation.dim(); ++axis) grid.push_back(axis);
  const at::Tensor usual = deviation.to(at::kDouble).square().mean(grid, /*keepdim=*/true).sqrt();
  return at::maximum(deviation, (usual * least_share).to(at::kFloat)) + Normalizer::epsilon;
}

/// Values at j/m from those at i/n along one axis, see `Normalizer`.
at::Tensor along_axis(const at::Tensor& values, std::int64_t axis, std::int64_t m) {
  const std::int64_t n = values.size(axis);
  std::vector<std::int64_t> left, right;
  std::vector<float> weight;
  for (std::int64_t j = 0; j < m; ++j) {
    const std::int64_t i = j * n / m;
    left.push_back(i);
    right.push_back(std::min(i + 1, n - 1));
    weight.push_back(static_cast<float>(static_cast<double>(j * n % m) / static_cast<double>(m)));
  }
  std::vector<std::int64_t> shape(static_cast<std::size_t>(values.dim()), 1);
  shape[static_cast<std::size_t>(axis)] = m;
  const auto at_points = [&](const std::vector<std::int64_t>& points) {
    return values.index_select(axis, at::tensor(points, at::kLong).to(values.device()));
  };
  const at::Tensor share = at::tensor(weight, at::kFloat).view(shape).to(values.device());
  return at_points(left).lerp(at_points(right), share);
}

/// A statistic of each point on the grid of `x`; one of whole channels is the same on all.
at::Tensor on_grid_of(const at::Tensor& x, const at::Tensor& statistic) {
  if (statistic.numel() == statistic.size(1)) return statistic;
  at::Tensor values = statistic;
  for (std::int64_t axis = 2; axis < x.dim(); ++axis)
    if (values.size(axis) != x.size(axis)) values = along_axis(values, axis, x.size(axis));
  return values;
}

}  // namespace

Normalizer Normalizer::fit(std::string_view kind, const at::Tensor& data, const std::string& field) {
  NormalizerFit fit(kind, data.sizes().slice(1).vec(), field);
  fit.add(data);
  return fit.result();
}

Normalizer Normalizer::from_state(State state) {
  Normalizer result;
  const auto find = [&](const char* name) {
    const auto found = state.find(name);
    return found == state.end() ? at::Tensor() : found->second;
  };
  const at::Tensor mean = find("mean"), deviation = find("deviation");
  const at::Tensor least = find("minimum"), greatest = find("maximum");
  if (mean.defined() && deviation.defined()) {
    result.shift_ = mean;
    result.divisor_ = divisor_of(deviation);
  } else if (least.defined() && greatest.defined()) {
    const at::Tensor range = greatest.to(at::kDouble) - least.to(at::kDouble);
    result.shift_ = least;
    result.divisor_ = at::where(range > 0.0, range, at::ones_like(range)).to(at::kFloat);
  } else {
    return result;
  }
  result.state_ = std::move(state);
  return result;
}

at::Tensor Normalizer::normalize(const at::Tensor& x) const {
  if (is_identity()) return x;
  return (x - on_grid_of(x, shift_)).div_(on_grid_of(x, divisor_));
}

at::Tensor Normalizer::denormalize(const at::Tensor& x) const {
  if (is_identity()) return x;
  return x * on_grid_of(x, divisor_) + on_grid_of(x, shift_);
}

void Normalizer::to(const at::Device& device) {
  if (is_identity()) return;
  shift_ = shift_.to(device);
  divisor_ = divisor_.to(device);
}

}  // namespace halfwave
