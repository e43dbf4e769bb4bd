#pragma once

#include "datasets/generators/laplace_modes.h"
#include "datasets/generators/sample_pairs.h"
#include "datasets/progress.h"

namespace halfwave::datasets {

/// −Δu = f on the unit square or torus. f is a Gaussian random field of mean 0 with covariance
/// 625 (−Δ + 25)^(−2), of deviation about 1; on the torus u has mean 0. Solved exactly, mode by mode.
struct PoissonSpec {
  int resolution = 64;  ///< 4 to 1024
  int samples = 512;
  std::uint64_t seed = 0;
  std::uint32_t stream = 0;
  Boundary boundary = Boundary::dirichlet;
};

/// u_t = κ Δu from such a random field, exactly, mode by mode.
struct HeatSpec {
  int resolution = 64;  ///< 4 to 1024
  int samples = 512;
  std::uint64_t seed = 0;
  std::uint32_t stream = 0;
  Boundary boundary = Boundary::periodic;
  double diffusivity = 0.01;  ///< 1e-8 to 100
  double time = 1.0;          ///< more than 0, up to 1e6
  int frames = 1;  ///< targets u(·, time·f/frames), f = 1 … frames, one channel each; up to 256
};

/// Both: inputs (samples, resolution²), targets (samples, frames, resolution²), on `threads` threads (0 =
/// all); the numbers do not depend on how many. Throw FieldError (path: a member of the spec), Cancelled.
SamplePairs solve_poisson(const PoissonSpec& spec, const Progress& progress = {}, int threads = 0);
SamplePairs solve_heat(const HeatSpec& spec, const Progress& progress = {}, int threads = 0);

}  // namespace halfwave::datasets
