#pragma once

#include <span>
#include <string_view>

namespace halfwave {

/// A file of resources/presets or resources/experiments as it was when the library was built.
struct PresetText {
  std::string_view name;
  std::string_view text;
};

/// Defined in a source that CMake writes.
std::span<const PresetText> preset_texts();
/// Comparison documents.
std::span<const PresetText> comparison_texts();

}  // namespace halfwave
