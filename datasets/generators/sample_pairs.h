#pragma once

#include <vector>

namespace halfwave::datasets {

/// What a generator gives: inputs and targets of all samples, each (samples, channels, axis…), row-major.
struct SamplePairs {
  std::vector<float> input;
  std::vector<float> target;
};

}  // namespace halfwave::datasets
