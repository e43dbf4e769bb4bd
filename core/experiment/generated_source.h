#pragma once

#include "core/experiment/experiment.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace halfwave {

/// A range of a parameter and the value that 0 in an experiment stands for.
struct ParameterRange {
  double minimum, maximum, usual;
  const char* unit;
};

/// What can be generated: which parameters of a DatasetSpec a generator takes, and the grid it fills.
struct GeneratedSource {
  std::string name;   ///< as in `dataset.source`
  std::string title;  ///< for a person, for instance `Darcy flow`
  int finest;         ///< the greatest resolution
  std::optional<ParameterRange> viscosity;
  std::optional<ParameterRange> time;
  int most_frames = 1;
  bool frames_are_an_axis = false;  ///< more than one frame makes a second grid axis, else channels
  bool forcing = false;
  bool boundary = false;
  bool coefficient = false;
};

const std::vector<GeneratedSource>& generated_sources();
/// nullptr for a name that is none of them, such as `file`.
const GeneratedSource* find_generated_source(std::string_view name);

/// The choices of `dataset.source`: every generator, then `file`.
std::vector<std::string> dataset_source_names();

/// Grid of the samples of a generated source at a resolution; empty for files.
std::vector<int> generated_grid(const DatasetSpec& spec, int resolution);

/// The spec with usual values in place of zeros; what the source does not take keeps its default.
DatasetSpec with_usual_values(DatasetSpec spec);

}  // namespace halfwave
