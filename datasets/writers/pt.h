#pragma once

#include "core/data/dataset.h"
#include "datasets/writers/named_arrays.h"

#include <filesystem>

namespace halfwave::datasets {

/// Writes a dataset as a file that Python's torch.load opens (also with weights_only=True) and `read_pt`
/// reads back: a dict of x and y (samples, axis…), or (samples, channels, axis…) where there are several
/// channels, the names and units as text and the provenance as a list of text. The file is replaced as a
/// whole or not at all. Throws RequestError or RunError.
void write_pt(const Dataset& dataset, const std::filesystem::path& file);

/// The same for any arrays; their texts and provenance are kept as a dataset's.
void write_pt(const NamedArrays& arrays, const std::filesystem::path& file);

}  // namespace halfwave::datasets
