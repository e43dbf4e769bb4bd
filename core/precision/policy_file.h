#pragma once

#include "core/precision/policy.h"

#include <filesystem>
#include <string>

namespace halfwave {

/// Writes a policy table as a file, `{"halfwave": "policy", "name": …, "layers": […]}`. Throws RunError when
/// it cannot be written; an old file is then still whole.
void save_policy(const Policy& policy, const std::filesystem::path& file);

/// Reads such a file for an operator of `blocks` blocks. Throws RequestError, one sentence that names the
/// file, for one that is missing or not JSON, that is no policy table, that is for another number of layers,
/// or that names a format which is unknown or which a stage cannot take.
Policy load_policy(const std::filesystem::path& file, int blocks);

/// A preset by its name, or else a policy table from a file. Throws RequestError, also where the text is
/// neither.
Policy policy_named(const std::string& preset_or_file, int blocks, Format half = Format::fp16);

/// A policy as the preset with the fewest cells that differ, and those cells.
struct PolicyDescription {
  std::string preset;
  std::vector<PolicyOverride> overrides;
};
PolicyDescription describe_policy(const Policy& policy, Format half = Format::fp16);

}  // namespace halfwave
