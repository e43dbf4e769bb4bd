#pragma once

#include "core/data/dataset.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace halfwave::datasets {

/// $XDG_CACHE_HOME/halfwave/datasets, or ~/.cache/halfwave/datasets; nothing when neither is known.
std::optional<std::filesystem::path> cache_folder();

/// The dataset kept as `<name>.pt` in the cache folder, or what `make` gives, which is then kept. A file that
/// is damaged, or that `fits` refuses, is made again. Where the cache cannot be written or read the dataset
/// is made all the same, and its provenance says so.
Dataset cached(const std::string& name, const std::function<bool(const Dataset&)>& fits,
               const std::function<Dataset()>& make);

}  // namespace halfwave::datasets
