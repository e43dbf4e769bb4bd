#pragma once

#include "datasets/progress.h"

#include <cstdint>
#include <vector>

namespace halfwave::datasets {

/// What the permeability is made of a Gaussian random field g: 12 where g ≥ 0 and else 3 (Li et al. 2021), or
/// exp(10 g), a smooth medium whose logarithm has a deviation of about 1.
enum class DarcyCoefficient : std::uint8_t { two_valued, lognormal };

/// Steady flow through a medium: −∇·(a ∇u) = 1 on the unit square, u = 0 on the boundary, with a of a
/// Gaussian random field (see GaussianRandomField, τ = 3).
/// Everything is seen at the centres of resolution × resolution cells.
struct DarcySpec {
  int resolution = 64;  ///< 4 to 1024
  int samples = 512;    ///< at least 1
  std::uint64_t seed = 0;
  std::uint32_t stream =
      0;  ///< 0 for training, 1 for tests; sample i of one seed and stream is one random function
  DarcyCoefficient coefficient = DarcyCoefficient::two_valued;

  bool operator==(const DarcySpec&) const = default;
};

inline constexpr double darcy_high = 12.0;
inline constexpr double darcy_low = 3.0;
/// Of the Gaussian field, whose deviation is 0.097, in the exponent.
inline constexpr double darcy_lognormal_scale = 10.0;

/// (samples, resolution, resolution), row-major.
struct DarcySamples {
  std::vector<float> coefficient;
  std::vector<float> pressure;
};

/// Solves every sample on `threads` threads (0 = as many as the machine has); the numbers do not depend on
/// how many. Throws FieldError (path `resolution` or `samples`) for a spec out of range, Cancelled, RunError
/// when a solve fails.
DarcySamples solve_darcy(const DarcySpec& spec, const Progress& progress = {}, int threads = 0);

}  // namespace halfwave::datasets
