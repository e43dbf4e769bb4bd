#pragma once

#include "datasets/generators/sample_pairs.h"
#include "datasets/progress.h"

#include <cstdint>

namespace halfwave::datasets {

/// Burgers' equation (see BurgersSolver) from random initial values: a Gaussian random field on the circle of
/// mean 0 with covariance 625 (−Δ + 25)^(−2), as in Li et al. (2021).
struct BurgersSpec {
  int resolution = 256;  ///< points along x, 8 to 8192
  int samples = 512;
  std::uint64_t seed = 0;
  std::uint32_t stream = 0;
  double viscosity = 0.1;  ///< 1e-4 to 10
  double time = 1.0;       ///< more than 0, up to 100
  /// 1: u₀ ↦ u(·, time) on the line. More: u₀, repeated along t, ↦ u on the plane (t, x), at the times
  /// time·f/frames; up to 1024.
  int frames = 1;
};

/// Points of the grid that a spec is solved on: a multiple of its resolution fine enough for the steepest
/// front that its viscosity allows.
int burgers_grid(const BurgersSpec& spec);

/// (samples, resolution) or (samples, frames, resolution) each. On `threads` threads (0 = all); the numbers
/// do not depend on how many. Throws FieldError (path: a member of the spec), Cancelled, RunError.
SamplePairs solve_burgers(const BurgersSpec& spec, const Progress& progress = {}, int threads = 0);

}  // namespace halfwave::datasets
