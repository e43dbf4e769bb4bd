#pragma once

#include "datasets/progress.h"

#include <cstdint>
#include <vector>

namespace halfwave::datasets {

/// Steady flow through a medium of two permeabilities (Li et al. 2021): −∇·(a ∇u) = 1 on the unit square, u =
/// 0 on the boundary, a = 12 where a Gaussian random field (see GaussianRandomField, τ = 3) is ≥ 0, else 3.
/// Everything is seen at the centres of resolution × resolution cells.
struct DarcySpec {
  int resolution = 64;  ///< 4 to 1024
  int samples = 512;    ///< at least 1
  std::uint64_t seed = 0;
  std::uint32_t stream =
      0;  ///< 0 for training, 1 for tests; sample i of one seed and stream is one random function

  bool operator==(const DarcySpec&) const = default;
};

inline constexpr double darcy_high = 12.0;
inline constexpr double darcy_low = 3.0;

/// (samples, resolution, resolution), row-major.
struct DarcySamples {
  std::vector<float> coefficient;
  std::vector<float> pressure;
};

/// Solves every sample on `threads` threads (0 = as many as the machine has); the numbers do not depend on
/// how many. Throws FieldError (path `resolution` or `samples`) for a spec out of range, Cancelled, RunError when a solve fails.
DarcySamples solve_darcy(const DarcySpec& spec, const Progress& progress = {}, int threads = 0);

}  // namespace halfwave::datasets
