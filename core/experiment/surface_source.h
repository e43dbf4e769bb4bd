#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace halfwave {

/// What can be generated but not trained on: values on surfaces of triangles, which are no grid.
struct SurfaceSource {
  std::string name;  ///< as `halfwave dataset generate` takes it
  std::string title;
  int coarsest, finest;  ///< resolution: rings along a body and points of a ring
  int usual_resolution;
  int usual_samples;
};

const std::vector<SurfaceSource>& surface_sources();
/// nullptr for a name that is none of them.
const SurfaceSource* find_surface_source(std::string_view name);

/// Why a surface source is no source of an experiment and what is one, as a sentence without its full stop;
/// nothing for any other name.
std::optional<std::string> surface_refusal(std::string_view name);

}  // namespace halfwave
