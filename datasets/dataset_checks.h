#pragma once

#include "core/data/dataset.h"

#include <cstdint>
#include <string>
#include <vector>

namespace halfwave::datasets {

/// Brings x and y as a file has them to (samples, channels, axis…), see `guess_layouts` for the rules.
/// Throws FormatProblem when they do not fit each other.
void shape_as_samples(Dataset& dataset, int dimension);

/// Throws FormatProblem that says how many values of x or y are not finite, and where the first is.
void require_finite(const Dataset& dataset);

/// `16` for a grid of equal axes (any number of them), else `16x32`.
std::string grid_label(const std::vector<std::int64_t>& grid);

}  // namespace halfwave::datasets
