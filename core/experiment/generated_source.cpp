#include "core/experiment/generated_source.h"

#include <algorithm>

namespace halfwave {

const std::vector<GeneratedSource>& generated_sources() {
  static const std::vector<GeneratedSource> sources = [] {
    GeneratedSource darcy{"darcy", "Darcy flow", 1024, {}, {}};
    darcy.coefficient = true;
    GeneratedSource burgers{
        "burgers", "Burgers' equation", 8192, {{1e-4, 10.0, 0.1, ""}}, {{1e-6, 100.0, 1.0, ""}}};
    burgers.most_frames = 1024;
    burgers.frames_are_an_axis = true;
    GeneratedSource flow{
        "navier-stokes", "Navier–Stokes", 1024, {{1e-6, 1.0, 1e-3, ""}}, {{1e-6, 1000.0, 10.0, ""}}};
    flow.most_frames = 256;
    flow.forcing = true;
    GeneratedSource poisson{"poisson", "Poisson's equation", 1024, {}, {}};
    poisson.boundary = true;
    GeneratedSource heat{"heat", "Heat equation", 1024, {{1e-8, 100.0, 0.01, ""}}, {{1e-6, 1e6, 1.0, ""}}};
    heat.most_frames = 256;
    heat.boundary = true;
    GeneratedSource shallow{
        "shallow-water", "Shallow water on the sphere", 256, {}, {{0.1, 240.0, 6.0, "h"}}};
    return std::vector{darcy, burgers, flow, poisson, heat, shallow};
  }();
  return sources;
}

const GeneratedSource* find_generated_source(std::string_view name) {
  for (const auto& source : generated_sources())
    if (source.name == name) return &source;
  return nullptr;
}

std::vector<std::string> dataset_source_names() {
  std::vector<std::string> names;
  for (const auto& source : generated_sources()) names.push_back(source.name);
  names.emplace_back("file");
  return names;
}

std::vector<int> generated_grid(const DatasetSpec& spec, int resolution) {
  const GeneratedSource* source = find_generated_source(spec.source);
  if (!source) return {};
  if (source->frames_are_an_axis) {
    if (spec.frames > 1) return {spec.frames, resolution};
    return {resolution};
  }
  if (spec.source == "shallow-water") return {resolution, 2 * resolution};
  return {resolution, resolution};
}

DatasetSpec with_usual_values(DatasetSpec spec) {
  const GeneratedSource* source = find_generated_source(spec.source);
  if (!source) return spec;
  if (source->viscosity && spec.viscosity == 0.0) spec.viscosity = source->viscosity->usual;
  if (source->time && spec.time == 0.0) spec.time = source->time->usual;
  return spec;
}

}  // namespace halfwave
