#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

namespace halfwave {

/// Samples on regular grids. x and y are float32, contiguous, shaped (samples, channels, axis…).
struct Dataset {
  at::Tensor x;
  at::Tensor y;
  std::string name;              ///< for a person: the file's name, or the generator's
  std::string input_name = "x";  ///< what x is, for instance `coefficient a`
  std::string output_name = "y";
  std::string input_unit;        ///< empty for a number without unit
  std::string output_unit;
  std::vector<std::string> provenance;  ///< lines on where it comes from

  std::int64_t samples() const { return x.defined() ? x.size(0) : 0; }
  std::vector<std::int64_t> grid() const { return x.sizes().slice(2).vec(); }
};

/// A set the operator is tested on; `label` is its resolution as text (`16`, or `16x32`).
struct TestSet {
  std::string label;
  Dataset data;
};

/// What one run works on.
struct DataBundle {
  Dataset train;
  std::vector<TestSet> tests;
};

}  // namespace halfwave
