#pragma once

#include "datasets/generators/sample_pairs.h"
#include "datasets/progress.h"

#include <cstdint>
#include <vector>

namespace halfwave::datasets {

enum class FlowForcing : std::uint8_t {
  paper,       ///< 0.1 (sin 2π(x+y) + cos 2π(x+y)), as in Li et al. (2021)
  kolmogorov,  ///< the curl of the body force (0.1 sin 8πy, 0): −0.8π cos 8πy
  none
};

/// Plane flow on the unit torus (see NavierStokesSolver) from a random vorticity: a Gaussian random field of
/// mean 0 with covariance 2·7³ (−Δ + 49)^(−5/2), that of the data published with Li et al. (2021), whose
/// vorticity has a deviation of about 0.3. Values at the points (i/n, j/n).
struct NavierStokesSpec {
  int resolution = 64;  ///< 8 to 1024
  int samples = 256;
  std::uint64_t seed = 0;
  std::uint32_t stream = 0;
  double viscosity = 1e-3;  ///< 1e-6 to 1
  double time = 10.0;       ///< more than 0, up to 1000
  int frames = 1;           ///< targets w(·, time·f/frames), f = 1 … frames, one channel each; up to 256
  FlowForcing forcing = FlowForcing::paper;
};

/// Points along an axis of the grid that a spec is solved on: a multiple of its resolution that resolves the
/// dissipation of vortices of its viscosity, but not more than 256 unless its resolution is.
int navier_stokes_grid(const NavierStokesSpec& spec);

/// Values at the points of an n × n grid.
std::vector<double> flow_forcing(FlowForcing forcing, int points);

/// Inputs (samples, resolution²), targets (samples, frames, resolution²). On `threads` threads (0 = all); the
/// numbers do not depend on how many. Throws FieldError (path: a member of the spec), Cancelled, RunError.
SamplePairs solve_navier_stokes(const NavierStokesSpec& spec, const Progress& progress = {}, int threads = 0);

}  // namespace halfwave::datasets
