#pragma once

#include "core/data/dataset.h"
#include "core/experiment/dataset_map.h"
#include "core/experiment/experiment.h"

#include <filesystem>
#include <vector>

namespace halfwave::datasets {

/// Reads a dataset file of any format of `ArrayFile`; which arrays become inputs and targets is what `map`
/// says, or guessed (see `complete_map`). `dimension`: the number of grid axes, 0 takes the usual reading of
/// shapes. Throws RequestError that names the file.
Dataset read_file(const std::filesystem::path& file, int dimension = 0, const DatasetMap& map = {});

/// The test files that belong to a training file: those beside it whose name is the same but for `train`
/// replaced by `test` and the number at the end (`darcy_train_16.pt` → `darcy_test_16.pt`,
/// `darcy_test_32.pt`), by that number. Empty when the name has no `train` in it or there are none.
std::vector<std::filesystem::path> test_files_beside(const std::filesystem::path& train);

/// The part of `load` for source `file`.
DataBundle load_files(const DatasetSpec& spec, int dimension);

}  // namespace halfwave::datasets
