#pragma once

#include "core/experiment/experiment.h"

#include <QString>

#include <string_view>

namespace halfwave::widgets {

/// What a generated source solves, as a sentence with its equation; empty for an unknown one and for files.
QString equation_of(std::string_view source);

/// The grid that a generated spec is sampled on, with the names of its axes: `grid 32 × 64, latitudes ×
/// longitudes`; empty for files.
QString grid_sentence(const DatasetSpec& spec);

}  // namespace halfwave::widgets
