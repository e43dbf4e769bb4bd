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

}  // namespace

DftMatrices::Matrix DftEngine::matrix(bool to_modes, bool adjoint, const ModeLayout& layout, std::size_t axis,
                                      Arithmetic arithmetic, const at::Tensor& like) {
  const bool last = axis + 1 == layout.axes();
  const bool forward = to_modes != adjoint;
  const Kind kind =
      forward ? (last ? Kind::transform_last : Kind::transform) : (last ? Kind::inverse_last : Kind::inverse);
  return matrices_.get(kind, layout, axis, arithmetic, like.device());
}

// Axes are transformed from the last to the first. Between two passes the data lies as (B, axis…, part,
// mode…, C), where (axis, part) are neighbours: the next pass takes both as its inner index, so nothing is
// ever copied.
at::Tensor DftEngine::to_modes(const at::Tensor& field, const ModeLayout& layout, Arithmetic arithmetic,
                               bool adjoint) {
  const auto batch = field.size(0);
  const auto channels = field.size(-1);
  const std::size_t axes = layout.axes();
  at::Tensor data = as_operand(field, arithmetic).contiguous();
  for (std::size_t axis = axes; axis-- > 0;) {
    const bool last = axis + 1 == axes;
    const auto outer = batch * product_of(layout.grid, 0, axis);
    const auto inner = last ? layout.grid[axis] : 2 * layout.grid[axis];
    const auto columns = product_of(layout.modes, axis + 1, axes) * channels;
    auto [pass, scale] = matrix(true, adjoint, layout, axis, arithmetic, data);
    if (adjoint) pass = pass.t();
    // The transpose of an inverse pass has columns (x, part) as rows of the inverse have them.
    data = matrix_product(pass, data.view({outer, inner, columns}), arithmetic, {}, scale);
  }
  std::vector<std::int64_t> shape{batch, 2};
  shape.insert(shape.end(), layout.modes.begin(), layout.modes.end());
  shape.push_back(channels);
  return data.view(shape);
}

at::Tensor DftEngine::to_field(const at::Tensor& modes, const ModeLayout& layout, Arithmetic arithmetic,
                               bool adjoint) {
  const auto batch = modes.size(0);
  const auto channels = modes.size(-1);
  const std::size_t axes = layout.axes();
  at::Tensor data = as_operand(modes, arithmetic).contiguous();
  for (std::size_t axis = 0; axis < axes; ++axis) {
    const auto outer = batch * product_of(layout.grid, 0, axis);
    const auto inner = 2 * layout.modes[axis];
    const auto columns = product_of(layout.modes, axis + 1, axes) * channels;
    auto [pass, scale] = matrix(false, adjoint, layout, axis, arithmetic, data);
    if (adjoint) pass = pass.t();
    data = matrix_product(pass, data.view({outer, inner, columns}), arithmetic, {}, scale);
  }
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
