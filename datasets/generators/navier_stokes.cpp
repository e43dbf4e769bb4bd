#include "datasets/generators/navier_stokes.h"

#include "datasets/generators/fourier.h"
#include "datasets/generators/navier_stokes_solver.h"
#include "datasets/generators/parallel_samples.h"
#include "datasets/generators/torus_field.h"

#include <cmath>
#include <numbers>

namespace halfwave::datasets {
namespace {

constexpr TorusCovariance covariance{2.0 * 7.0 * 7.0 * 7.0, 7.0, 2.5};

void check(const NavierStokesSpec& spec) {
  check_resolution(spec.resolution, 8, 1024, "Navier–Stokes");
  check_range("frames", spec.frames, 1, 256);
  check_range("viscosity", spec.viscosity, 1e-6, 1.0);
  check_range("time", spec.time, 1e-6, 1000.0);
  check_samples(spec.samples, (1.0 + spec.frames) * spec.resolution * spec.resolution);
}

/// Every stride-th point along both axes of a grid of n × n, to `target`.
void thin_out(const std::vector<double>& values, int n, int stride, float* target) {
  for (int i = 0; i < n; i += stride)
    for (int j = 0; j < n; j += stride) *target++ = static_cast<float>(values[i * n + j]);
}

}  // namespace

int navier_stokes_grid(const NavierStokesSpec& spec) {
  // Vortices of vorticity w dissipate at the length √(ν/w); with w of about 1, the shortest wave that is
  // kept, 2πn/3 radians, turns by 4 along it when n = 2/√ν.
  const double needed = std::max(32.0, 2.0 / std::sqrt(spec.viscosity));
  int points = spec.resolution;
  while (points < needed && 2 * points <= 256) points *= 2;
  return points;
}

std::vector<double> flow_forcing(FlowForcing forcing, int points) {
  constexpr double pi = std::numbers::pi;
  if (forcing == FlowForcing::none) return {};
  std::vector<double> values;
  for (int i = 0; i < points; ++i)
    for (int j = 0; j < points; ++j) {
      const double x = static_cast<double>(i) / points, y = static_cast<double>(j) / points;
      const double phase = 2.0 * pi * (x + y);
      values.push_back(forcing == FlowForcing::paper ? 0.1 * (std::sin(phase) + std::cos(phase))
                                                     : -0.8 * pi * std::cos(8.0 * pi * y));
    }
  return values;
}

SamplePairs solve_navier_stokes(const NavierStokesSpec& spec, const Progress& progress, int threads) {
  check(spec);
  const int fine = navier_stokes_grid(spec), stride = fine / spec.resolution;
  const auto points = static_cast<std::size_t>(spec.resolution) * spec.resolution;
  const std::vector<double> forcing = flow_forcing(spec.forcing, fine);
  SamplePairs result;
  result.input.resize(points * spec.samples);
  result.target.resize(points * spec.samples * spec.frames);
  for_each_sample(
      spec.samples, threads, "Solving the Navier–Stokes equations", progress, [&]() -> MakeSample {
        auto solver = std::make_shared<NavierStokesSolver>(fine, spec.viscosity, forcing);
        std::vector<std::complex<double>> initial(static_cast<std::size_t>(fine) * fine);
        return [&, solver, initial](int sample) mutable {
          fill_torus_field(initial, {fine, fine}, covariance,
                           {spec.seed, spec.stream, static_cast<std::uint32_t>(sample)});
          solver->set_modes(initial);
          thin_out(solver->vorticity(), fine, stride, result.input.data() + points * sample);
          for (int frame = 0; frame < spec.frames; ++frame) {
            solver->advance(spec.time / spec.frames, progress);
            thin_out(
                solver->vorticity(), fine, stride,
                result.target.data() + points * (static_cast<std::size_t>(sample) * spec.frames + frame));
          }
        };
      });
  return result;
}

}  // namespace halfwave::datasets
