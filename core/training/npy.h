#pragma once

#include "core/training/events.h"

#include <filesystem>

namespace halfwave {

/// Writes a field as a NumPy array of little-endian float32 (format version 1.0). The file is replaced as a
/// whole. Throws RunError.
void write_npy(const Field& field, const std::filesystem::path& file);

}  // namespace halfwave
