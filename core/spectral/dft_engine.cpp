#include "core/spectral/dft_engine.h"

#include "core/precision/product.h"

#include <ATen/ATen.h>

namespace halfwave {
namespace {

std::int64_t product_of(const std::vector<std::int64_t>& values, std::size_t begin, std::size_t end) {
  std::int64_t product = 1;
  for (std::size_t i = begin; i < end; ++i) product *= values[i];
  return product;
}

FoldedPass pass_along(std::size_t axis, bool to_modes, const ModeLayout& layout, std::int64_t batch,
                      std::int64_t channels) {
  const std::size_t axes = layout.axes();
  return {to_modes,          axis + 1 == axes,   batch * product_of(layout.grid, 0, axis),
          layout.grid[axis], layout.modes[axis], product_of(layout.modes, axis + 1, axes) * channels};
}

}  // namespace

// The adjoint of a pass is the transpose of the inverse one: rows and columns of the two lie alike.
at::Tensor DftEngine::pass(const at::Tensor& data, const FoldedPass& shape, bool adjoint,
                           const ModeLayout& layout, std::size_t axis, Arithmetic arithmetic) {
  const bool forward = shape.to_modes != adjoint;
  const Kind kind = forward ? (shape.last ? Kind::transform_last : Kind::transform)
                            : (shape.last ? Kind::inverse_last : Kind::inverse);
  if (takes_folded_pass(data, shape, arithmetic))
    return folded_pass(data, shape, matrices_.quarter(kind, layout, axis, arithmetic), arithmetic);
  auto [matrix, scale] = matrices_.get(kind, layout, axis, arithmetic, data.device());
  if (adjoint) matrix = matrix.t();
  return matrix_product(matrix,
                        as_operand(data, arithmetic).view({shape.outer, matrix.size(1), shape.columns}),
                        arithmetic, {}, scale);
}

// Axes are transformed from the last to the first. Between two passes the data lies as (B, axis…, part,
// mode…, C), where (axis, part) are neighbours: the next pass takes both as its inner index, so nothing is
// ever copied.
at::Tensor DftEngine::to_modes(const at::Tensor& field, const ModeLayout& layout, Arithmetic arithmetic,
                               bool adjoint) {
  const auto batch = field.size(0);
  const auto channels = field.size(-1);
  at::Tensor data = field.contiguous();
  for (std::size_t axis = layout.axes(); axis-- > 0;)
    data = pass(data, pass_along(axis, true, layout, batch, channels), adjoint, layout, axis, arithmetic);
  std::vector<std::int64_t> shape{batch, 2};
  shape.insert(shape.end(), layout.modes.begin(), layout.modes.end());
  shape.push_back(channels);
  return data.view(shape);
}

at::Tensor DftEngine::to_field(const at::Tensor& modes, const ModeLayout& layout, Arithmetic arithmetic,
                               bool adjoint) {
  const auto batch = modes.size(0);
  const auto channels = modes.size(-1);
  at::Tensor data = modes.contiguous();
  for (std::size_t axis = 0; axis < layout.axes(); ++axis)
    data = pass(data, pass_along(axis, false, layout, batch, channels), adjoint, layout, axis, arithmetic);
  std::vector<std::int64_t> shape{batch};
  shape.insert(shape.end(), layout.grid.begin(), layout.grid.end());
  shape.push_back(channels);
  return data.view(shape);
}

at::Tensor DftEngine::transform(const at::Tensor& field, const ModeLayout& layout, Arithmetic arithmetic) {
  return to_modes(field, layout, arithmetic, false);
}

at::Tensor DftEngine::inverse(const at::Tensor& modes, const ModeLayout& layout, Arithmetic arithmetic) {
  return to_field(modes, layout, arithmetic, false);
}

at::Tensor DftEngine::transform_adjoint(const at::Tensor& modes, const ModeLayout& layout,
                                        Arithmetic arithmetic) {
  return to_field(modes, layout, arithmetic, true);
}

at::Tensor DftEngine::inverse_adjoint(const at::Tensor& field, const ModeLayout& layout,
                                      Arithmetic arithmetic) {
  return to_modes(field, layout, arithmetic, true);
}

}  // namespace halfwave
