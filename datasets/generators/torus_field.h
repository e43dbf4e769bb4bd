#pragma once

#include "datasets/generators/gaussian_random_field.h"

#include <complex>
#include <span>
#include <vector>

namespace halfwave::datasets {

/// The covariance scale · (−Δ + τ²)^(−power) on the unit torus.
struct TorusCovariance {
  double scale = 1.0;
  double tau = 1.0;
  double power = 1.0;
};

/// Fourier coefficients of a real Gaussian random field of mean 0 on the unit torus of one or two dimensions,
/// u(x) = Σ û_k e^{2πi k·x} with E|û_k|² = scale (4π²|k|² + τ²)^(−power) and û_0 = 0, for the modes
/// that `shape` resolves (|k| < n/2 along each axis), in the order of `Fourier`. A mode of one key is the
/// same on every grid, so that a finer grid sees the same function with more detail.
void fill_torus_field(std::span<std::complex<double>> coefficients, const std::vector<int>& shape,
                      const TorusCovariance& covariance, const SampleKey& key);

}  // namespace halfwave::datasets
