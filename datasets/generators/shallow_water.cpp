#include "datasets/generators/shallow_water.h"

#include "datasets/generators/gaussian_random_field.h"
#include "datasets/generators/parallel_samples.h"
#include "datasets/generators/philox.h"
#include "datasets/generators/shallow_water_solver.h"

#include <algorithm>

namespace halfwave::datasets {
namespace {

/// Earth, in the solver's units: g · 3 km over (radius · angular velocity)², and an hour.
constexpr double mean_geopotential = 0.136;
constexpr double hour = 7.292e-5 * 3600.0;
constexpr double diffusion = 1.0 / (6.0 * hour);

/// Random fields of one sample are told apart by their purpose.
constexpr std::uint32_t of_vorticity = 3, of_divergence = 4, of_waves = 5;

/// Random amplitudes scale · (l(l+1) + 36)^(−power), mean 0; a mode of one key is the same on every grid.
void fill_random(SphereTransform::Spectrum& spectrum, const SphereTransform& sphere, const SampleKey& key,
                 std::uint32_t purpose, double scale, double power) {
  spectrum.assign(sphere.modes(), 0.0);
  for (int m = 0; m <= sphere.truncation(); ++m)
    for (int l = std::max(1, m); l <= sphere.truncation(); ++l) {
      const auto place = static_cast<std::uint32_t>(l) << 16 | static_cast<std::uint32_t>(m);
      const auto normals = philox_normals({place, key.sample, key.stream, purpose}, key.seed);
      const double amplitude = scale * std::pow(l * (l + 1.0) + 36.0, -power);
      spectrum[sphere.index(l, m)] =
          m == 0 ? std::complex<double>(amplitude * normals[0])
                 : amplitude * std::numbers::sqrt2 / 2.0 * std::complex<double>(normals[0], normals[1]);
    }
}

/// The scales give a wind of 0.05 (23 m/s), a divergence a tenth of the vorticity, and waves of one per cent
/// of the depth.
void start(ShallowWaterSolver& solver, const SampleKey& key) {
  const SphereTransform& sphere = solver.transform();
  fill_random(solver.state.vorticity, sphere, key, of_vorticity, 7.0, 1.5);
  fill_random(solver.state.divergence, sphere, key, of_divergence, 0.7, 1.5);
  SphereTransform::Spectrum waves;
  fill_random(waves, sphere, key, of_waves, 0.07, 1.5);
  solver.state.geopotential = solver.balanced_geopotential(mean_geopotential);
  for (std::size_t i = 0; i < waves.size(); ++i) solver.state.geopotential[i] += waves[i];
}

void keep(const ShallowWaterSolver& solver, float* target) {
  const SphereTransform& sphere = solver.transform();
  SphereTransform::Grid geopotential, vorticity, divergence, again;
  sphere.synthesise(solver.state.geopotential, solver.state.vorticity, geopotential, vorticity);
  sphere.synthesise(solver.state.divergence, solver.state.divergence, divergence, again);
  for (double& value : geopotential) value /= mean_geopotential;
  for (const auto* field : {&geopotential, &vorticity, &divergence})
    target = std::copy(field->begin(), field->end(), target);
}

}  // namespace

SamplePairs solve_shallow_water(const ShallowWaterSpec& spec, const Progress& progress, int threads) {
  check_resolution(spec.resolution, 8, 256, "shallow-water");
  check_range("time", spec.hours, 0.1, 240.0);
  const std::size_t values = std::size_t{6} * spec.resolution * spec.resolution;
  check_samples(spec.samples, 2.0 * static_cast<double>(values));
  SamplePairs result;
  result.input.resize(values * spec.samples);
  result.target.resize(values * spec.samples);
  for_each_sample(spec.samples, threads, "Solving shallow water", progress, [&]() -> MakeSample {
    auto solver = std::make_shared<ShallowWaterSolver>(spec.resolution, diffusion);
    return [&, solver](int sample) {
      start(*solver, {spec.seed, spec.stream, static_cast<std::uint32_t>(sample)});
      keep(*solver, result.input.data() + values * sample);
      solver->advance(spec.hours * hour, progress);
      keep(*solver, result.target.data() + values * sample);
    };
  });
  return result;
}

}  // namespace halfwave::datasets
