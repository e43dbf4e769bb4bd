#include "core/experiment/surface_source.h"

#include "core/experiment/generated_source.h"
#include "core/words.h"

namespace halfwave {

const std::vector<SurfaceSource>& surface_sources() {
  static const std::vector<SurfaceSource> sources = {{"bluff-body", "Bodies in the wind", 6, 80, 24, 100}};
  return sources;
}

const SurfaceSource* find_surface_source(std::string_view name) {
  for (const auto& source : surface_sources())
    if (source.name == name) return &source;
  return nullptr;
}

std::optional<std::string> surface_refusal(std::string_view name) {
  const SurfaceSource* source = find_surface_source(name);
  if (!source) return std::nullopt;
  std::string sentence = source->name;
  sentence += " makes values on surfaces, but operators need a grid; one of ";
  sentence += listed(dataset_source_names());
  sentence += " can be trained on, and \"halfwave dataset generate ";
  sentence += source->name;
  sentence += "\" writes the surfaces to a file";
  return sentence;
}

}  // namespace halfwave
