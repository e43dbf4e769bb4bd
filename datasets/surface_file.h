#pragma once

#include "datasets/generators/bluff_body.h"
#include "datasets/readers/array_file.h"
#include "datasets/writers/named_arrays.h"

#include <optional>

namespace halfwave::datasets {

/// Random bodies as arrays for a file: points (samples, P, 3) and pressure (samples, T), float32, and
/// triangles (T, 3), int64, which all bodies share. Name and provenance say what they mean. Throws like
/// `solve_bluff_bodies`.
NamedArrays bluff_body_arrays(const BluffBodySpec& spec, const Progress& progress = {});

/// What a file of surfaces holds.
struct SurfaceCounts {
  std::int64_t samples = 0, points = 0, triangles = 0;
};

/// Nothing for a file that is none: its arrays points, triangles and pressure are shaped otherwise or
/// missing.
std::optional<SurfaceCounts> surfaces_in(const ArrayFile& file);

/// Why such a file is not trained on, as the rest of a sentence about it.
std::string surface_problem();

}  // namespace halfwave::datasets
