#pragma once

#include "core/data/dataset.h"
#include "datasets/writers/named_arrays.h"

#include <filesystem>

namespace halfwave::datasets {

/// Throws RequestError when the extension is none of `.pt`, `.npz`, `.h5`, `.hdf5`.
void require_written_format(const std::filesystem::path& file);

/// Writes a dataset in the format that the extension names, see `write_pt`, `write_npz`, `write_hdf5`.
void write_dataset(const Dataset& dataset, const std::filesystem::path& file);

/// The same for any arrays.
void write_arrays(const NamedArrays& arrays, const std::filesystem::path& file);

}  // namespace halfwave::datasets
