#pragma once

#include "core/data/dataset.h"

#include <filesystem>

namespace halfwave::datasets {

/// Reads a dataset from a file that Python's torch.save wrote: a dict with tensors `x` and `y`, samples along
/// the first axis, of any real type, in any memory order. No code of the file is run.
///
/// `dimension` is the number of grid axes (1 to 3): a tensor of dimension + 1 axes is (sample, axis…) and has
/// one channel, one of dimension + 2 axes is (sample, channel, axis…), or with channels last where only that
/// makes the grids equal. With dimension 0 the first of 2, 1 and 3 is taken under which both tensors fit.
///
/// Text under `name`, `input_name`, `output_name`, `input_unit`, `output_unit` and a list of text under
/// `provenance` are taken over when present. Throws RequestError, one sentence that begins with the file.
Dataset read_pt(const std::filesystem::path& file, int dimension = 0);

}  // namespace halfwave::datasets
