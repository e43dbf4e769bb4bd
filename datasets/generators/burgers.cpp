#include "datasets/generators/burgers.h"

#include "datasets/generators/burgers_solver.h"
#include "datasets/generators/fourier.h"
#include "datasets/generators/parallel_samples.h"
#include "datasets/generators/torus_field.h"

#include <algorithm>

namespace halfwave::datasets {
namespace {

constexpr TorusCovariance covariance{625.0, 5.0, 2.0};

void check(const BurgersSpec& spec) {
  check_resolution(spec.resolution, 8, 8192, "Burgers");
  check_range("frames", spec.frames, 1, 1024);
  check_range("viscosity", spec.viscosity, 1e-4, 10.0);
  check_range("time", spec.time, 1e-6, 100.0);
  check_samples(spec.samples, 2.0 * spec.resolution * spec.frames);
}

}  // namespace

int burgers_grid(const BurgersSpec& spec) {
  // A front between −a and a has the shape tanh(a x / 2ν), whose modes fall as exp(−2π² ν k / a). With a
  // below 2, which the covariance makes nearly sure, the last mode kept at 8/ν points is below 1e-10.
  const double needed = std::max(256.0, 8.0 / spec.viscosity);
  int points = spec.resolution;
  while (points < needed) points *= 2;
  return points;
}

SamplePairs solve_burgers(const BurgersSpec& spec, const Progress& progress, int threads) {
  check(spec);
  const int fine = burgers_grid(spec), stride = fine / spec.resolution;
  const auto values = static_cast<std::size_t>(spec.frames) * spec.resolution;
  SamplePairs result;
  result.input.resize(values * spec.samples);
  result.target.resize(values * spec.samples);
  for_each_sample(spec.samples, threads, "Solving Burgers' equation", progress, [&]() -> MakeSample {
    auto solver = std::make_shared<BurgersSolver>(fine, spec.viscosity);
    auto field = std::make_shared<Fourier>(std::vector<int>{fine});
    return [&, solver, field, initial = std::vector<double>(fine)](int sample) mutable {
      fill_torus_field(field->coefficients(), {fine}, covariance,
                       {spec.seed, spec.stream, static_cast<std::uint32_t>(sample)});
      field->inverse();
      std::transform(field->points().begin(), field->points().end(), initial.begin(),
                     [](std::complex<double> value) { return value.real(); });
      const std::vector<double> u = solver->solve(initial, spec.time, spec.frames, progress);
      const std::size_t offset = values * sample;
      for (std::size_t i = 0; i < values; ++i) {
        result.input[offset + i] = static_cast<float>(initial[i % spec.resolution * stride]);
        result.target[offset + i] = static_cast<float>(u[i * stride]);
      }
    };
  });
  return result;
}

}  // namespace halfwave::datasets
