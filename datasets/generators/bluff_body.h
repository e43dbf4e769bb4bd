#pragma once

#include "datasets/generators/body_surface.h"
#include "datasets/progress.h"

#include <cstdint>

namespace halfwave::datasets {

/// Random car-like bodies over the ground in a wind along x, and the pressure coefficient on their surfaces.
/// Potential flow: there is no wake, hence no drag.
struct BluffBodySpec {
  int stations = 24;  ///< rings along a body, 6 to 80
  int around = 24;    ///< points of a ring, 6 to 80; triangles = 2 (stations − 1) around
  int samples = 100;
  std::uint64_t seed = 0;
  std::uint32_t stream = 0;
};

struct BluffBodySample {
  CarShape shape;
  Surface surface;
  std::vector<double> pressure;  ///< coefficient, one a triangle
};

/// On `threads` threads (0 = all); the numbers do not depend on how many. Throws FieldError (path: a member
/// of the spec), Cancelled, RunError.
std::vector<BluffBodySample> solve_bluff_bodies(const BluffBodySpec& spec, const Progress& progress = {},
                                                int threads = 0);

}  // namespace halfwave::datasets
