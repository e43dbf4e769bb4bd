#pragma once

#include "core/precision/format.h"
#include "core/spectral/mode_layout.h"

#include <ATen/core/Tensor.h>

namespace halfwave::cuda {

// The engine `fft`, as `dispatch::fft_to_modes` and `fft_to_field` say. A 16-bit format is computed in itself
// from the field to the modes: nothing is ever held in fp32. Throws RequestError for sizes that cuFFT has no
// 16-bit transform of.

at::Tensor fft_to_modes(const at::Tensor& field, const ModeLayout& layout, Format format, bool adjoint);
at::Tensor fft_to_field(const at::Tensor& modes, const ModeLayout& layout, Format format, bool adjoint);

}  // namespace halfwave::cuda
