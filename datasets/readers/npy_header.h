#pragma once

#include "datasets/readers/byte_source.h"
#include "datasets/readers/element_type.h"

#include <string>
#include <string_view>
#include <vector>

namespace halfwave::datasets {

/// The header of NumPy's array format (versions 1 to 3).
struct NpyHeader {
  ElementType type;
  std::string type_text;  ///< for a person
  std::vector<std::int64_t> shape;
  bool fortran = false;
  std::uint64_t data_offset = 0;
  int characters = -1;  ///< of text: its longest line; else −1
  std::string problem;  ///< why its values cannot be read as numbers, else empty
};

/// Throws FormatProblem when it is no such header; `name` is the array's.
NpyHeader read_npy_header(ByteSource& bytes, const std::string& name);

}  // namespace halfwave::datasets
