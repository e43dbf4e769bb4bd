#include "datasets/generate.h"

#include "datasets/cache.h"

#include <ATen/ATen.h>

namespace halfwave::datasets {
namespace {

/// Raised whenever the generator's numbers change, so that older cache files are not taken for new ones.
constexpr int darcy_version = 1;

/// A tensor that owns the vector.
at::Tensor tensor_of(std::vector<float> values, at::IntArrayRef sizes) {
  auto owner = std::make_shared<std::vector<float>>(std::move(values));
  float* data = owner->data();
  return at::from_blob(
      data, sizes, [owner](void*) {}, at::dtype(at::kFloat));
}

}  // namespace

Dataset generate_darcy(const DarcySpec& spec, const Progress& progress) {
  DarcySamples samples = solve_darcy(spec, progress);
  const std::array<std::int64_t, 4> sizes = {spec.samples, 1, spec.resolution, spec.resolution};
  const std::string n = std::to_string(spec.resolution);
  Dataset dataset;
  dataset.x = tensor_of(std::move(samples.coefficient), sizes);
  dataset.y = tensor_of(std::move(samples.pressure), sizes);
  dataset.name = "Darcy flow " + n + "×" + n;
  dataset.input_name = "coefficient a";
  dataset.output_name = "pressure u";
  dataset.provenance = {
      "Darcy flow: −∇·(a∇u) = 1 on the unit square, u = 0 on the boundary, a = 12 or 3 by the sign of a "
      "Gaussian "
      "random field with covariance (−Δ + 9)⁻²",
      "Finite volumes on " + n + "×" + n + " cells, values at the cell centres; " +
          std::to_string(spec.samples) + " samples, seed " + std::to_string(spec.seed) + ", stream " +
          std::to_string(spec.stream)};
  return dataset;
}

Dataset cached_darcy(const DarcySpec& spec, const Progress& progress) {
  const std::string name = "darcy-v" + std::to_string(darcy_version) + "-n" +
                           std::to_string(spec.resolution) + "-samples" + std::to_string(spec.samples) +
                           "-seed" + std::to_string(spec.seed) + "-stream" + std::to_string(spec.stream);
  const std::vector<std::int64_t> sizes = {spec.samples, 1, spec.resolution, spec.resolution};
  return cached(
      name, [&](const Dataset& found) { return found.x.sizes() == sizes && found.y.sizes() == sizes; },
      [&] { return generate_darcy(spec, progress); });
}

}  // namespace halfwave::datasets
