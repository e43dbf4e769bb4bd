#pragma once

#include "core/spectral/dft_matrices.h"
#include "core/spectral/engine.h"

namespace halfwave {

/// The truncated transform as matrix products, one an axis: only the kept modes are ever computed, any size
/// of grid will do, and products accumulate in fp32. With 1/n inside the products no partial result is larger
/// than the field's largest value (times √2), so that 16-bit formats do not overflow.
class DftEngine final : public SpectralEngine {
 public:
  std::string_view name() const override { return "dft"; }
  at::Tensor transform(const at::Tensor& field, const ModeLayout& layout, Arithmetic arithmetic) override;
  at::Tensor inverse(const at::Tensor& modes, const ModeLayout& layout, Arithmetic arithmetic) override;
  at::Tensor transform_adjoint(const at::Tensor& modes, const ModeLayout& layout,
                               Arithmetic arithmetic) override;
  at::Tensor inverse_adjoint(const at::Tensor& field, const ModeLayout& layout,
                             Arithmetic arithmetic) override;

 private:
  using Kind = DftMatrices::Kind;
  at::Tensor to_modes(const at::Tensor& field, const ModeLayout& layout, Arithmetic arithmetic, bool adjoint);
  at::Tensor to_field(const at::Tensor& modes, const ModeLayout& layout, Arithmetic arithmetic, bool adjoint);
  at::Tensor pass(const at::Tensor& data, const FoldedPass& shape, bool adjoint, const ModeLayout& layout,
                  std::size_t axis, Arithmetic arithmetic);

  DftMatrices matrices_;
};

}  // namespace halfwave
