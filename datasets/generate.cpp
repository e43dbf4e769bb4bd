#include "datasets/generate.h"

#include "core/experiment/generated_source.h"
#include "core/words.h"
#include "datasets/cache.h"
#include "datasets/generated_text.h"
#include "datasets/generators/burgers.h"
#include "datasets/generators/darcy.h"
#include "datasets/generators/diffusion.h"
#include "datasets/generators/navier_stokes.h"
#include "datasets/generators/shallow_water.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace halfwave::datasets {
namespace {

struct Generator {
  const char* source;
  int version;  ///< raised whenever the numbers change, so that older cache files are not taken for new ones
  int input_channels, target_channels;  ///< 0 = as many as frames
  SamplePairs (*solve)(const DatasetSpec& spec, std::uint32_t stream, const Progress& progress);
};

SamplePairs darcy(const DatasetSpec& d, std::uint32_t stream, const Progress& progress) {
  DarcySpec spec{d.resolution, d.samples, d.seed, stream};
  if (d.coefficient == "lognormal") spec.coefficient = DarcyCoefficient::lognormal;
  DarcySamples samples = solve_darcy(spec, progress);
  return {std::move(samples.coefficient), std::move(samples.pressure)};
}

SamplePairs burgers(const DatasetSpec& d, std::uint32_t stream, const Progress& progress) {
  return solve_burgers({d.resolution, d.samples, d.seed, stream, d.viscosity, d.time, d.frames}, progress);
}

SamplePairs navier_stokes(const DatasetSpec& d, std::uint32_t stream, const Progress& progress) {
  const FlowForcing forcing = d.forcing == "kolmogorov" ? FlowForcing::kolmogorov
                              : d.forcing == "none"     ? FlowForcing::none
                                                        : FlowForcing::paper;
  return solve_navier_stokes(
      {d.resolution, d.samples, d.seed, stream, d.viscosity, d.time, d.frames, forcing}, progress);
}

Boundary boundary_of(const DatasetSpec& d) {
  return d.boundary == "dirichlet" ? Boundary::dirichlet : Boundary::periodic;
}

SamplePairs poisson(const DatasetSpec& d, std::uint32_t stream, const Progress& progress) {
  return solve_poisson({d.resolution, d.samples, d.seed, stream, boundary_of(d)}, progress);
}

SamplePairs heat(const DatasetSpec& d, std::uint32_t stream, const Progress& progress) {
  try {
    return solve_heat(
        {d.resolution, d.samples, d.seed, stream, boundary_of(d), d.viscosity, d.time, d.frames}, progress);
  } catch (const FieldError& error) {
    throw FieldError(error.path() == "diffusivity" ? "viscosity" : error.path(), error.problem());
  }
}

SamplePairs shallow_water(const DatasetSpec& d, std::uint32_t stream, const Progress& progress) {
  return solve_shallow_water({d.resolution, d.samples, d.seed, stream, d.time}, progress);
}

constexpr Generator generators[] = {
    {"darcy", 1, 1, 1, darcy},     {"burgers", 1, 1, 1, burgers}, {"navier-stokes", 1, 1, 0, navier_stokes},
    {"poisson", 1, 1, 1, poisson}, {"heat", 1, 1, 0, heat},       {"shallow-water", 1, 3, 3, shallow_water}};

const Generator& generator_of(const DatasetSpec& spec) {
  for (const Generator& generator : generators)
    if (generator.source == spec.source) return generator;
  throw FieldError("source", "\"" + spec.source + "\" is no source; one of " +
                                 listed(dataset_source_names()) + " is needed.");
}

/// (samples, channels, axis…)
std::vector<std::int64_t> sizes_of(const DatasetSpec& spec, int channels) {
  std::vector<std::int64_t> sizes = {spec.samples, channels == 0 ? spec.frames : channels};
  for (int points : generated_grid(spec, spec.resolution)) sizes.push_back(points);
  return sizes;
}

/// A tensor that owns the vector.
at::Tensor tensor_of(std::vector<float> values, at::IntArrayRef sizes) {
  auto owner = std::make_shared<std::vector<float>>(std::move(values));
  float* data = owner->data();
  return at::from_blob(
      data, sizes, [owner](void*) {}, at::dtype(at::kFloat));
}

}  // namespace

Dataset generate(const DatasetSpec& asked, std::uint32_t stream, const Progress& progress) {
  const Generator& generator = generator_of(asked);
  const DatasetSpec spec = with_usual_values(asked);
  SamplePairs samples = generator.solve(spec, stream, progress);
  Dataset dataset;
  dataset.x = tensor_of(std::move(samples.input), sizes_of(spec, generator.input_channels));
  dataset.y = tensor_of(std::move(samples.target), sizes_of(spec, generator.target_channels));
  describe(dataset, spec, stream);
  return dataset;
}

std::string cache_name(const DatasetSpec& asked, std::uint32_t stream) {
  const DatasetSpec spec = with_usual_values(asked);
  std::string name = spec.source;
  const auto add = [&](const char* key, const std::string& value) {
    name += '-';
    name += key;
    name += value;
  };
  add("v", std::to_string(generator_of(spec).version));
  add("n", std::to_string(spec.resolution));
  add("samples", std::to_string(spec.samples));
  add("seed", std::to_string(spec.seed));
  add("stream", std::to_string(stream));
  for (const auto& [key, value] : parameters_of(spec)) add(key.c_str(), value);
  return name;
}

Dataset generate_or_find(const DatasetSpec& spec, std::uint32_t stream, const Progress& progress) {
  const Generator& generator = generator_of(spec);
  const auto input = sizes_of(spec, generator.input_channels);
  const auto target = sizes_of(spec, generator.target_channels);
  return cached(
      cache_name(spec, stream),
      [&](const Dataset& found) { return found.x.sizes() == input && found.y.sizes() == target; },
      [&] { return generate(spec, stream, progress); });
}

}  // namespace halfwave::datasets
