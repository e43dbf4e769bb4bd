#include "datasets/generators/darcy.h"

#include "datasets/generators/darcy_solver.h"
#include "datasets/generators/gaussian_random_field.h"
#include "datasets/generators/parallel_samples.h"

#include <algorithm>
#include <cmath>

namespace halfwave::datasets {
namespace {

void check(const DarcySpec& spec) {
  check_resolution(spec.resolution, 4, 1024, "Darcy");
  check_samples(spec.samples, 2.0 * spec.resolution * spec.resolution);
}

double permeability(double field, DarcyCoefficient kind) {
  if (kind == DarcyCoefficient::lognormal) return std::exp(darcy_lognormal_scale * field);
  return field >= 0.0 ? darcy_high : darcy_low;
}

}  // namespace

DarcySamples solve_darcy(const DarcySpec& spec, const Progress& progress, int threads) {
  check(spec);
  const auto points = static_cast<std::size_t>(spec.resolution) * spec.resolution;
  DarcySamples result;
  result.coefficient.resize(points * spec.samples);
  result.pressure.resize(points * spec.samples);
  const GaussianRandomField field(spec.resolution);
  for_each_sample(spec.samples, threads, "Solving Darcy flow", progress, [&]() -> MakeSample {
    return [&, solver = std::make_shared<DarcySolver>(spec.resolution)](int sample) {
      std::vector<double> a = field.sample({spec.seed, spec.stream, static_cast<std::uint32_t>(sample)});
      for (double& value : a) value = permeability(value, spec.coefficient);
      const std::vector<double> u = solver->solve(a, std::vector<double>(points, 1.0));
      const auto offset = static_cast<std::ptrdiff_t>(points) * sample;
      std::copy(a.begin(), a.end(), result.coefficient.begin() + offset);
      std::copy(u.begin(), u.end(), result.pressure.begin() + offset);
    };
  });
  return result;
}

}  // namespace halfwave::datasets
