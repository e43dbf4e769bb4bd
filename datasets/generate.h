#pragma once

#include "core/data/dataset.h"
#include "datasets/generators/darcy.h"
#include "datasets/progress.h"

namespace halfwave::datasets {

/// Darcy flow as a dataset: x is the coefficient, y the pressure, both (samples, 1, n, n). Always computed.
/// Throws FieldError (path `resolution` or `samples`) for a spec out of range, Cancelled, RunError.
Dataset generate_darcy(const DarcySpec& spec, const Progress& progress = {});

/// The same, found again in the user's cache folder when it was made before.
Dataset cached_darcy(const DarcySpec& spec, const Progress& progress = {});

}  // namespace halfwave::datasets
