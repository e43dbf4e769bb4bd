#pragma once

#include "datasets/generators/sample_pairs.h"
#include "datasets/progress.h"

#include <cstdint>

namespace halfwave::datasets {

/// Shallow water on the rotating Earth (see ShallowWaterSolver) from a random wind of about 20 m/s, mostly
/// without divergence, and the geopotential that balances it plus random waves; mean depth 3 km. Channels are
/// the geopotential over its mean, and the vorticity and the divergence over the Earth's angular velocity, on
/// a Gauss–Legendre grid of resolution × 2 resolution points, the first row the most northern. The shortest
/// wave decays in six hours.
struct ShallowWaterSpec {
  int resolution = 64;  ///< latitudes, 8 to 256
  int samples = 256;
  std::uint64_t seed = 0;
  std::uint32_t stream = 0;
  double hours = 6.0;  ///< from input to target, 0.1 to 240
};

/// Inputs and targets (samples, 3, resolution, 2 resolution). On `threads` threads (0 = all); the numbers do
/// not depend on how many. Throws FieldError (path: `resolution`, `samples` or `time`), Cancelled, RunError.
SamplePairs solve_shallow_water(const ShallowWaterSpec& spec, const Progress& progress = {}, int threads = 0);

}  // namespace halfwave::datasets
