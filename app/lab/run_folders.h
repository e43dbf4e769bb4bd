#pragma once

#include <QString>

#include <filesystem>
#include <string>

namespace halfwave::lab {

/// The folder that runs go to: the one a person has set, else `Halfwave runs` among the documents.
QString runs_root();
void set_runs_root(const QString& folder);

/// A folder name for a new run that does not exist yet: `darcy-quick-2026-01-31-140509`.
std::filesystem::path new_run_folder(const std::string& experiment_name);

}  // namespace halfwave::lab
