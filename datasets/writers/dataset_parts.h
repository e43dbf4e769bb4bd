#pragma once

#include "core/data/dataset.h"
#include "datasets/writers/named_arrays.h"

namespace halfwave::datasets {

/// What every writer writes of a dataset: x and y in float32, without the axis of a single channel, and its
/// texts by name.
NamedArrays parts_of(const Dataset& dataset);

}  // namespace halfwave::datasets
