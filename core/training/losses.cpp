#include "core/training/losses.h"

#include "core/device/memory_meter.h"
#include "core/error.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

namespace halfwave {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

std::vector<std::int64_t> grid_axes(const at::Tensor& field) {
  std::vector<std::int64_t> axes;
  for (std::int64_t axis = 2; axis < field.dim(); ++axis) axes.push_back(axis);
  return axes;
}

/// Σ over the grid of u², as (B, C).
at::Tensor sum_of_squares(const at::Tensor& u) {
  return u.square().sum(grid_axes(u));
}

/// The squared norm of each sample and channel, as (B, C).
at::Tensor squared_norm(const at::Tensor& u, Norm norm) {
  at::Tensor result = sum_of_squares(u);
  if (norm == Norm::l2) return result;
  for (const std::int64_t axis : grid_axes(u)) {
    const double half_n = 0.5 * static_cast<double>(u.size(axis));
    const at::Tensor difference = at::roll(u, {-1}, {axis}).sub_(at::roll(u, {1}, {axis}));
    result.add_(sum_of_squares(difference), half_n * half_n);
  }
  return result;
}

/// Half the gradient of the squared norm: u + Σ_axes ∂ᵀ∂u. With the periodic central difference,
/// (∂ᵀ∂u)_i = (2 u_i − u_{i+2} − u_{i−2}) / (4 h²).
at::Tensor norm_operator(const at::Tensor& u, Norm norm) {
  if (norm == Norm::l2) return u.clone();
  double diagonal = 1.0;
  std::vector<double> weights;
  for (const std::int64_t axis : grid_axes(u)) {
    const double n = static_cast<double>(u.size(axis));
    weights.push_back(0.25 * n * n);
    diagonal += 2.0 * weights.back();
  }
  at::Tensor result = u * diagonal;
  std::size_t index = 0;
  for (const std::int64_t axis : grid_axes(u)) {
    const double weight = weights[index++];
    result.sub_(at::roll(u, {2}, {axis}), weight).sub_(at::roll(u, {-2}, {axis}), weight);
  }
  return result;
}

struct RelativeNorm : torch::autograd::Function<RelativeNorm> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& prediction, const at::Tensor& target,
                            int norm_index) {
    const auto norm = static_cast<Norm>(norm_index);
    const at::ScalarType type = prediction.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
    const at::Tensor truth = target.to(type);
    const at::Tensor error = prediction.to(type) - truth;
    if (prediction.requires_grad()) recategorize(error, MemoryCategory::saved_activations);
    const at::Tensor numerator = squared_norm(error, norm).sqrt_();
    const at::Tensor denominator = squared_norm(truth, norm).sqrt_().add_(relative_norm_epsilon);
    context->save_for_backward({error, numerator, denominator});
    context->saved_data["norm"] = static_cast<std::int64_t>(norm_index);
    context->saved_data["type"] = prediction.scalar_type();
    return numerator / denominator;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &error = saved[0], &numerator = saved[1], &denominator = saved[2];
    const auto norm = static_cast<Norm>(context->saved_data["norm"].toInt());
    at::Tensor factor = gradients[0] / (numerator * denominator);
    factor.masked_fill_(numerator == 0, 0.0);
    std::vector<std::int64_t> shape = factor.sizes().vec();
    shape.resize(static_cast<std::size_t>(error.dim()), 1);
    at::Tensor result = norm_operator(error, norm).mul_(factor.view(shape));
    return {result.to(context->saved_data["type"].toScalarType()), at::Tensor(), at::Tensor()};
  }
};

}  // namespace

Norm norm_from_name(std::string_view name) {
  if (name == "l2") return Norm::l2;
  if (name == "h1") return Norm::h1;
  throw RequestError("There is no loss named \"" + std::string(name) + "\": l2 or h1 would be right.");
}

at::Tensor relative_norm(const at::Tensor& prediction, const at::Tensor& target, Norm norm) {
  if (!prediction.sizes().equals(target.sizes()) || prediction.dim() < 3 || prediction.dim() > 5)
    throw RequestError(
        "A loss compares two fields shaped (sample, channel, 1 to 3 axes) alike, but the "
        "prediction has " +
        std::to_string(prediction.dim()) + " dimensions and " + std::to_string(prediction.numel()) +
        " values, the target " + std::to_string(target.dim()) + " and " + std::to_string(target.numel()) +
        ".");
  return RelativeNorm::apply(prediction, target.detach(), static_cast<int>(norm));
}

}  // namespace halfwave
