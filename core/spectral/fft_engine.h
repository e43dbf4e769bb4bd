#pragma once

#include "core/spectral/engine.h"

namespace halfwave {

/// The transform by LibTorch's fast Fourier transforms, truncated afterwards. In a 16-bit format it works as
/// cuFFT does in half precision: each pass is unnormalised, its result is rounded, and the division by the
/// number of points comes last, so that it overflows where cuFFT would. In strict mode the transforms are
/// `strict_fft`.
class FftEngine final : public SpectralEngine {
 public:
  std::string_view name() const override { return "fft"; }
  at::Tensor transform(const at::Tensor& field, const ModeLayout& layout, Arithmetic arithmetic) override;
  at::Tensor inverse(const at::Tensor& modes, const ModeLayout& layout, Arithmetic arithmetic) override;
  at::Tensor transform_adjoint(const at::Tensor& modes, const ModeLayout& layout,
                               Arithmetic arithmetic) override;
  at::Tensor inverse_adjoint(const at::Tensor& field, const ModeLayout& layout,
                             Arithmetic arithmetic) override;
};

}  // namespace halfwave
