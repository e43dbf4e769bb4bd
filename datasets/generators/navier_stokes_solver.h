#pragma once

#include "datasets/progress.h"

#include <complex>
#include <memory>
#include <span>
#include <vector>

namespace halfwave::datasets {

/// Solves the vorticity equation of plane flow on the unit torus, w_t + v·∇w = ν Δw + f, v the flow of
/// vorticity w, ∇·v = 0. Fourier in space with the upper third of the modes kept empty (no aliasing); a
/// Runge–Kutta method of three stages and third order for advection (Wray's, as in Spalart, Moser, Rogers
/// 1991), Crank–Nicolson for diffusion over each stage. Arrays are row-major (x, y), modes in the order of
/// `Fourier`. One thread uses a solver at a time.
class NavierStokesSolver {
 public:
  /// `forcing` holds values of f at the points (i/n, j/n), or is empty for none.
  NavierStokesSolver(int points, double viscosity, std::span<const double> forcing = {});
  ~NavierStokesSolver();

  void set_modes(std::span<const std::complex<double>> vorticity);
  void set_values(std::span<const double> vorticity);

  /// Goes on by `time`. A step is as long as the Courant number `courant` (radians that the shortest wave is
  /// carried by, below 1.7) and the decay of the longest waves let it be. Throws Cancelled; RunError when
  /// values are no longer finite.
  void advance(double time, const Progress& progress = {}, double courant = 1.0);

  std::vector<double> vorticity() const;
  double energy() const;     ///< mean of |v|²/2
  double enstrophy() const;  ///< mean of w²/2
  long steps() const;        ///< since the beginning

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace halfwave::datasets
