#pragma once

#include "datasets/progress.h"

#include <memory>
#include <span>
#include <vector>

namespace halfwave::datasets {

/// Solves Burgers' equation u_t + (u²/2)_x = ν u_xx, x ∈ [0, 1) periodic, from values at x = j/n. Fourier in
/// x with the upper third of the modes kept empty (no aliasing), the exponential Runge–Kutta method of order
/// four in time (Cox, Matthews 2002) with its coefficients from contour integrals (Kassam, Trefethen 2005).
/// The mean of u is kept to rounding. One thread uses a solver at a time.
class BurgersSolver {
 public:
  /// ν > 0.
  BurgersSolver(int points, double viscosity);
  ~BurgersSolver();

  /// u at the times time·f/frames, f = 1 … frames: (frames, points). The step is that at which the fastest
  /// wave turns by at most one radian. Throws Cancelled; RunError when values are no longer finite.
  std::vector<double> solve(std::span<const double> initial, double time, int frames = 1,
                            const Progress& progress = {});

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace halfwave::datasets
