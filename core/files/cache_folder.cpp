#include "core/files/cache_folder.h"

#include <cstdlib>

namespace halfwave {
namespace {

std::optional<std::filesystem::path> path_from(const char* variable) {
  const char* value = std::getenv(variable);
  if (value == nullptr) return std::nullopt;
  std::filesystem::path path(value);
  return path.is_absolute() ? std::optional(path) : std::nullopt;
}

}  // namespace

std::optional<std::filesystem::path> user_cache_folder() {
  if (const auto base = path_from("XDG_CACHE_HOME")) return *base / "halfwave";
  if (const auto home = path_from("HOME")) return *home / ".cache" / "halfwave";
  return std::nullopt;
}

}  // namespace halfwave
