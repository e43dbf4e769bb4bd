#pragma once

#include "core/experiment/experiment.h"

#include <QString>

namespace halfwave::lab {

/// What turns one experiment into another, in a few words for "Undo …": `width 32 → 64`, `block.2 contraction
/// → fp16`, `source darcy → file and 2 more`. Empty when they are equal.
QString step_text(const Experiment& before, const Experiment& after);

}  // namespace halfwave::lab
