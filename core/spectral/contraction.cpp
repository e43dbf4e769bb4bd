#include "core/spectral/contraction.h"

#include "core/device/dispatch.h"
#include "core/precision/product.h"
#include "core/spectral/mode_contraction.h"

#include <ATen/ATen.h>

namespace halfwave {
namespace {

// (B, 2, mode…, C) as (modes, B, 2, C), a view.
at::Tensor by_mode(const at::Tensor& planes) {
  return planes.view({planes.size(0), 2, -1, planes.size(-1)}).permute({2, 0, 1, 3});
}

// For each mode and sample the two rows (re, −im) and (im, re), so that one product with (Re R; Im R) gives
// the real and imaginary part of the complex product: (modes, 2B, 2C).
at::Tensor complex_rows(const at::Tensor& planes) {
  const at::Tensor z = by_mode(planes);
  const auto modes = z.size(0), batch = z.size(1), channels = z.size(3);
  at::Tensor rows = at::empty({modes, batch, 2, 2, channels}, planes.options());
  rows.select(2, 0).select(2, 0).copy_(z.select(2, 0));
  at::Tensor negated = rows.select(2, 0).select(2, 1);
  at::neg_out(negated, z.select(2, 1));
  rows.select(2, 1).select(2, 0).copy_(z.select(2, 1));
  rows.select(2, 1).select(2, 1).copy_(z.select(2, 0));
  return rows.view({modes, 2 * batch, 2 * channels});
}

at::Tensor weight_matrix(const at::Tensor& weight) {
  return weight.view({-1, 2 * weight.size(-2), weight.size(-1)});
}

// (modes, 2B, C) back to (B, 2, mode…, C) with the mode shape of `like`.
at::Tensor to_planes(const at::Tensor& product, const at::Tensor& like) {
  auto shape = like.sizes().vec();
  shape.back() = product.size(-1);
  const auto batch = like.size(0);
  return product.view({-1, batch, 2, product.size(-1)}).permute({1, 2, 0, 3}).contiguous().view(shape);
}

}  // namespace

at::Tensor contract(const at::Tensor& modes, const at::Tensor& weight, Arithmetic arithmetic) {
  if (dispatch::computes(modes, arithmetic)) return dispatch::contract(modes, weight, arithmetic.format);
  if (takes_mode_contraction(modes, weight, arithmetic)) return contract_modes(modes, weight, arithmetic);
  const at::Tensor rows = complex_rows(as_operand(modes, arithmetic));
  const at::Tensor r = weight_matrix(as_operand(weight, arithmetic));
  return to_planes(matrix_product(rows, r, arithmetic), modes);
}

at::Tensor contract_adjoint_modes(const at::Tensor& gradient, const at::Tensor& weight,
                                  Arithmetic arithmetic) {
  if (dispatch::computes(gradient, arithmetic))
    return dispatch::contract_adjoint_modes(gradient, weight, arithmetic.format);
  if (takes_mode_contraction(gradient, weight, arithmetic))
    return contract_modes_adjoint(gradient, {}, weight, arithmetic, true, false).modes;
  const at::Tensor g = as_operand(gradient, arithmetic);
  const at::Tensor r = as_operand(weight, arithmetic);
  const auto modes = r.numel() / (2 * r.size(-1) * r.size(-2));
  // g · conj(R): the rows (re, im) and (im, −re) of g meet (Re Rᵀ; Im Rᵀ).
  const at::Tensor transposed = r.view({modes, 2, r.size(-2), r.size(-1)}).transpose(2, 3);
  const at::Tensor z = by_mode(g);
  const auto batch = z.size(1), channels = z.size(3);
  at::Tensor rows = at::empty({modes, batch, 2, 2, channels}, g.options());
  rows.select(2, 0).copy_(z);
  rows.select(2, 1).select(2, 0).copy_(z.select(2, 1));
  at::Tensor last = rows.select(2, 1).select(2, 1);
  at::neg_out(last, z.select(2, 0));
  const at::Tensor left = rows.view({modes, 2 * batch, 2 * channels});
  const at::Tensor right = transposed.contiguous().view({modes, 2 * channels, r.size(-2)});
  return to_planes(matrix_product(left, right, arithmetic), gradient);
}

at::Tensor contract_adjoint_weight(const at::Tensor& gradient, const at::Tensor& modes,
                                   const at::Tensor& weight, Arithmetic arithmetic) {
  if (dispatch::computes(gradient, arithmetic))
    return dispatch::contract_adjoint_weight(gradient, modes, weight, arithmetic.format);
  if (takes_mode_contraction(gradient, weight, arithmetic))
    return contract_modes_adjoint(gradient, modes, weight, arithmetic, false, true).weight;
  const at::Tensor rows = complex_rows(as_operand(modes, arithmetic));
  const at::Tensor g = by_mode(as_operand(gradient, arithmetic));
  const at::Tensor columns = g.reshape({g.size(0), 2 * g.size(1), g.size(3)});
  return matrix_product(rows.transpose(1, 2), columns, arithmetic).view(weight.sizes());
}

ContractionGradients contract_adjoint(const at::Tensor& gradient, const at::Tensor& modes,
                                      const at::Tensor& weight, Arithmetic arithmetic, bool wants_modes) {
  if (takes_mode_contraction(gradient, weight, arithmetic))
    return contract_modes_adjoint(gradient, modes, weight, arithmetic, wants_modes, true);
  ContractionGradients result;
  result.weight = contract_adjoint_weight(gradient, modes, weight, arithmetic);
  if (wants_modes) result.modes = contract_adjoint_modes(gradient, weight, arithmetic);
  return result;
}

}  // namespace halfwave
