#include "datasets/generators/diffusion.h"

#include "datasets/generators/parallel_samples.h"

#include <algorithm>
#include <cmath>

namespace halfwave::datasets {
namespace {

constexpr TorusCovariance covariance{625.0, 5.0, 2.0};

using Factor = std::function<double(double)>;

/// Samples of one random field and of what functions of −Δ make of it.
template <typename Spec>
SamplePairs apply(const Spec& spec, const std::vector<Factor>& factors, const std::string& what,
                  const Progress& progress, int threads) {
  const auto points = static_cast<std::size_t>(spec.resolution) * spec.resolution;
  SamplePairs result;
  result.input.resize(points * spec.samples);
  result.target.resize(points * spec.samples * factors.size());
  for_each_sample(spec.samples, threads, what, progress, [&]() -> MakeSample {
    auto modes = std::make_shared<LaplaceModes>(spec.resolution, spec.boundary);
    return [&, modes](int sample) {
      modes->set_random(covariance, {spec.seed, spec.stream, static_cast<std::uint32_t>(sample)});
      const auto keep = [&](const Factor& factor, float* target) {
        const std::vector<double> values = modes->values(factor);
        std::copy(values.begin(), values.end(), target);
      };
      keep([](double) { return 1.0; }, result.input.data() + points * sample);
      for (std::size_t f = 0; f < factors.size(); ++f)
        keep(factors[f], result.target.data() + points * (sample * factors.size() + f));
    };
  });
  return result;
}

}  // namespace

SamplePairs solve_poisson(const PoissonSpec& spec, const Progress& progress, int threads) {
  check_resolution(spec.resolution, 4, 1024, "Poisson");
  check_samples(spec.samples, 2.0 * spec.resolution * spec.resolution);
  return apply(spec, {[](double eigenvalue) { return 1.0 / eigenvalue; }}, "Solving Poisson's equation",
               progress, threads);
}

SamplePairs solve_heat(const HeatSpec& spec, const Progress& progress, int threads) {
  check_resolution(spec.resolution, 4, 1024, "heat");
  check_range("frames", spec.frames, 1, 256);
  check_range("diffusivity", spec.diffusivity, 1e-8, 100.0);
  check_range("time", spec.time, 1e-6, 1e6);
  check_samples(spec.samples, (1.0 + spec.frames) * spec.resolution * spec.resolution);
  std::vector<Factor> factors;
  for (int frame = 1; frame <= spec.frames; ++frame)
    factors.emplace_back([rate = spec.diffusivity * spec.time * frame / spec.frames](double eigenvalue) {
      return std::exp(-rate * eigenvalue);
    });
  return apply(spec, factors, "Solving the heat equation", progress, threads);
}

}  // namespace halfwave::datasets
