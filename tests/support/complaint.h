#pragma once

#include "core/error.h"
#include "datasets/readers/array_file.h"

#include <filesystem>
#include <string>

/// What opening a file of arrays and reading all it holds says first; empty when nothing. Anything but a
/// RequestError escapes.
inline std::string complaint(const std::filesystem::path& path) {
  std::string first;
  try {
    const auto arrays = halfwave::datasets::ArrayFile::open(path);
    for (std::size_t i = 0; i < arrays.arrays().size(); ++i) {
      try {
        arrays.read(i);
      } catch (const halfwave::RequestError& error) {
        if (first.empty()) first = error.what();
      }
    }
  } catch (const halfwave::RequestError& error) {
    return error.what();
  }
  return first;
}
