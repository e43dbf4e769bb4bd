#pragma once

#include "core/data/dataset.h"
#include "core/experiment/dataset_map.h"
#include "datasets/readers/array_file.h"

#include <optional>

namespace halfwave::datasets {

/// Completes a map by what the arrays' names and shapes tell; nothing when names that were not given cannot
/// be guessed. Pairs of names that are known: x/y, coeff/sol, a/u, input/output, nu/tensor and their like,
/// the first two of a list; or one array of frames in time (`tensor`, `u`, `data`), whose first frames, ten
/// at most, become the inputs and the rest the targets. So do those of u where it holds the frames that
/// follow a. Throws RequestError when what was given does not fit the file. `dimension`: grid axes, 0 when
/// not known.
std::optional<DatasetMap> complete_map(const ArrayFile& file, const DatasetMap& map, int dimension = 0);

/// Like `complete_map`, but throws RequestError that lists the arrays where names cannot be guessed.
DatasetMap required_map(const ArrayFile& file, const DatasetMap& map, int dimension = 0);

/// Samples that a complete map finds in the file.
std::int64_t sample_count(const ArrayFile& file, const DatasetMap& map);

/// Bytes that so many samples take in memory under a complete map, and the most that are read: half of the
/// main memory.
double bytes_of_samples(const ArrayFile& file, const DatasetMap& map, std::int64_t count);
double most_bytes_of_samples();

/// Samples [first, first + count) under a complete map, at most `most_bytes_of_samples`, checked for values
/// that are not finite. Throws RequestError, one sentence that begins with the file.
Dataset read_samples(const ArrayFile& file, const DatasetMap& map, std::int64_t first, std::int64_t count);

/// `coeff (float64, 1024×421×421), sol (…)`, for messages.
std::string arrays_text(const ArrayFile& file);

}  // namespace halfwave::datasets
