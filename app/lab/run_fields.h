#pragma once

#include "core/training/events.h"

#include <filesystem>
#include <optional>

namespace halfwave::lab {

/// The last fields that a run has recorded in its folder; none when it has none yet. Throws RequestError that
/// names a file which is there but is no array of float32 values.
std::optional<SnapshotEvent> read_run_fields(const std::filesystem::path& folder);

}  // namespace halfwave::lab
