#pragma once

#include "core/precision/stage_math.h"
#include "core/spectral/mode_layout.h"

#include <ATen/core/Tensor.h>

#include <memory>
#include <string_view>

namespace halfwave {

/// The truncated Fourier transform of real fields and its inverse, as real-linear maps.
///
/// A field is (B, axis…, C), channels last. Its kept modes are (B, 2, mode…, C): real and imaginary parts are
/// separate planes, so that complex numbers in 16-bit formats are pairs of halves and every step is real
/// arithmetic. `transform` divides by the number of points ("forward" normalisation), `inverse` does not:
///   ẑ_k = 1/N Σ_x v_x e^(−2πi k·x/n),   v_x = Σ_k c_k Re(ẑ_k e^(2πi k·x/n)),
/// c_k = 2 for modes of the last axis whose mirror image is not kept (0 < k < n/2), else 1.
///
/// The adjoints are those of the real-linear maps, as the backward pass needs them. Every function rounds its
/// operands and the result of each one-dimensional pass to the arithmetic's format.
class SpectralEngine {
 public:
  virtual ~SpectralEngine() = default;
  virtual std::string_view name() const = 0;
  virtual at::Tensor transform(const at::Tensor& field, const ModeLayout& layout, Arithmetic arithmetic) = 0;
  virtual at::Tensor inverse(const at::Tensor& modes, const ModeLayout& layout, Arithmetic arithmetic) = 0;
  virtual at::Tensor transform_adjoint(const at::Tensor& modes, const ModeLayout& layout,
                                       Arithmetic arithmetic) = 0;
  virtual at::Tensor inverse_adjoint(const at::Tensor& field, const ModeLayout& layout,
                                     Arithmetic arithmetic) = 0;
};

/// `fft` or `dft`. One engine may serve many layers. Throws RequestError for another name.
std::shared_ptr<SpectralEngine> make_engine(std::string_view name);

}  // namespace halfwave
