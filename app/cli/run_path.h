#pragma once

#include <filesystem>
#include <string>

namespace halfwave::cli {

/// runs/<name>-<date>-<time> in the current folder, with a number added where that is taken.
std::filesystem::path new_run_folder(const std::string& name);

/// Tells early, before data are made, what would keep a run from being recorded there: a run that is there
/// already, or a place that cannot be written. Throws RequestError.
void check_new_run_folder(const std::filesystem::path& folder);

/// Throws RequestError when a file cannot be made or replaced there.
void check_new_file(const std::filesystem::path& file);

}  // namespace halfwave::cli
