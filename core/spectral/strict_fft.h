#pragma once

#include "core/precision/format.h"

#include <ATen/core/Tensor.h>

namespace halfwave {

/// The complex discrete Fourier transform along one axis in which everything is rounded to `format`, one
/// below fp32: each twiddle factor, each product and each sum.
///   X_k = Σ_x z_x e^(∓2πi kx/n),  − forwards and + where `inverse`, never divided by n
///
/// `z` is complex64 on the CPU with values of the format; so is the result. n is split into factors 4, 2 and
/// odd primes (Stockham's order, decimation in frequency). Factors 2 and 4 are butterflies, of one and two
/// levels of sums; an odd prime r is a sum of r terms, rounded term by term.
at::Tensor strict_fft(const at::Tensor& z, std::int64_t axis, bool inverse, Format format);

}  // namespace halfwave
