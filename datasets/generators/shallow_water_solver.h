#pragma once

#include "datasets/generators/sphere_transform.h"
#include "datasets/progress.h"

namespace halfwave::datasets {

/// Shallow water on a rotating sphere in vorticity–divergence form, by spherical harmonics; a Runge–Kutta
/// method of order four and, after each step, the exact factor of a hyperdiffusion −K∇⁴ on all fields. Units:
/// the radius, and the inverse of the angular velocity, so that the Coriolis parameter is 2 sin φ; on the
/// Earth velocities are in units of 465 m/s, and the depth 3 km is the geopotential 0.136. The mean
/// geopotential (mass) is kept exactly. One thread uses a solver at a time.
class ShallowWaterSolver {
 public:
  using Spectrum = SphereTransform::Spectrum;

  struct State {
    Spectrum geopotential, vorticity, divergence;
  };

  /// `diffusion` is the decay rate of the shortest wave; `tilt` is the angle from the rotation axis to the
  /// poles of the grid, as in Williamson et al. (1992).
  explicit ShallowWaterSolver(int latitudes, double diffusion = 0.0, double tilt = 0.0);

  const SphereTransform& transform() const { return transform_; }
  State state;

  /// The geopotential of mean `mean` whose divergence does not change for the vorticity and divergence that
  /// `state` has.
  Spectrum balanced_geopotential(double mean);

  /// Goes on by `time` in steps that the fastest wave crosses a radian in at most 1.5 of. Throws Cancelled;
  /// RunError when values are no longer finite or the water runs dry.
  void advance(double time, const Progress& progress = {});

 private:
  void slope(const State& at, State& result);
  double fastest_wave();

  SphereTransform transform_;
  double diffusion_;
  SphereTransform::Grid coriolis_, secant_squared_;  ///< f, 1/cos²φ at each point
  SphereTransform::Grid zeta_, phi_, east_, north_, first_, second_, energy_, nothing_;
  Spectrum curl_, spectrum_, unused_;
  State stages_[4], moved_;
};

}  // namespace halfwave::datasets
