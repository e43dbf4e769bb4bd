#pragma once

#include <filesystem>
#include <optional>

namespace halfwave {

/// Where what can be made again is kept for this person: $XDG_CACHE_HOME/halfwave, or ~/.cache/halfwave;
/// nothing when neither variable names an absolute path, since the XDG rules ignore relative ones. The folder
/// may not exist yet.
std::optional<std::filesystem::path> user_cache_folder();

}  // namespace halfwave
