#pragma once

#include "core/data/dataset.h"

#include <string>
#include <utility>
#include <vector>

namespace halfwave::datasets {

/// What every writer writes of a dataset: x and y in float32, contiguous, without the axis of a single
/// channel, and its texts by name.
struct DatasetParts {
  explicit DatasetParts(const Dataset& dataset);
  at::Tensor x;
  at::Tensor y;
  std::vector<std::pair<std::string, std::string>> texts;
  std::vector<std::string> provenance;
};

}  // namespace halfwave::datasets
