#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <utility>
#include <vector>

namespace halfwave::datasets {

struct NamedArray {
  std::string name;
  at::Tensor values;  ///< float32 or int64, contiguous, in main memory
};

/// What a file of arrays holds: the arrays in the order in which they are listed, texts by name, and lines on
/// where it comes from.
struct NamedArrays {
  std::vector<NamedArray> arrays;
  std::vector<std::pair<std::string, std::string>> texts;
  std::vector<std::string> provenance;
};

/// True for int64, false for float32. Throws std::invalid_argument for what writers do not write: another
/// type, not contiguous, not in main memory.
bool is_whole(const NamedArray& array);

}  // namespace halfwave::datasets
