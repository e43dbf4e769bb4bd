#pragma once

#include "core/data/dataset.h"
#include "datasets/writers/named_arrays.h"

#include <filesystem>

namespace halfwave::datasets {

/// Writes a dataset as a file that numpy.load opens without pickle: arrays x and y as `write_pt` shapes them,
/// texts as arrays of no axes, the provenance as one of lines. Not packed. The file is replaced as a whole or
/// not at all. Throws RequestError or RunError.
void write_npz(const Dataset& dataset, const std::filesystem::path& file);

/// The same for any arrays; their texts and provenance are kept as a dataset's.
void write_npz(const NamedArrays& arrays, const std::filesystem::path& file);

}  // namespace halfwave::datasets
