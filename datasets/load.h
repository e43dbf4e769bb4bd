#pragma once

#include "core/data/dataset.h"
#include "core/experiment/experiment.h"
#include "datasets/progress.h"

namespace halfwave::datasets {

/// Reads or generates what a spec asks for. Generated data is found again in the user's cache folder.
/// `dimension` (1 to 3) says how many grid axes a file's tensors have; 0 takes the usual reading of their
/// shapes (see `readers/pt.h`). Throws FieldError (path `dataset.…`) or RequestError for what does not fit,
/// RunError when work fails, Cancelled.
DataBundle load(const DatasetSpec& spec, const Progress& progress = {}, int dimension = 0);

}  // namespace halfwave::datasets
