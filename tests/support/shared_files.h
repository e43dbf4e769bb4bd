#pragma once

#include <cstdlib>
#include <filesystem>

namespace halfwave::test {

/// The folder of recorded models and data that a user's checkout does not have; empty where it is absent.
inline std::filesystem::path shared_folder() {
  if (const char* named = std::getenv("HALFWAVE_SHARED"); named != nullptr && *named != '\0')
    if (std::filesystem::exists(named)) return named;
  const auto beside = std::filesystem::path(HALFWAVE_SOURCE_DIR).parent_path() / "shared";
  return std::filesystem::exists(beside / "fixtures") ? beside : std::filesystem::path();
}

}  // namespace halfwave::test
