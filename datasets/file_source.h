#pragma once

#include "core/data/dataset.h"
#include "core/experiment/experiment.h"

#include <filesystem>
#include <vector>

namespace halfwave::datasets {

/// Reads a dataset file by its extension (`.pt`, `.pth`). `dimension` as in `read_pt`.
/// Throws RequestError that names the file.
Dataset read_file(const std::filesystem::path& file, int dimension = 0);

/// The test files that belong to a training file: those beside it whose name is the same but for `train`
/// replaced by `test` and the number at the end (`darcy_train_16.pt` → `darcy_test_16.pt`,
/// `darcy_test_32.pt`), by that number. Empty when the name has no `train` in it or there are none.
std::vector<std::filesystem::path> test_files_beside(const std::filesystem::path& train);

/// The part of `load` for source `file`.
DataBundle load_files(const DatasetSpec& spec, int dimension);

}  // namespace halfwave::datasets
