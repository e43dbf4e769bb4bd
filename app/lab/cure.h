#pragma once

#include "core/experiment/experiment.h"
#include "core/training/events.h"

#include <string>

namespace halfwave::lab {

/// Where a run lost its finite values, as a sentence: `block.0, forward_transform (fp16), forward, epoch 1,
/// step 3`.
std::string describe(const NonFinite& fault, const Policy& policy);

/// What would most likely cure it, as a sentence: a stabilizer, an engine, a format or a learning rate.
/// `policy` is the one that was in force.
std::string cure(const NonFinite& fault, const Policy& policy, const Experiment& experiment);

}  // namespace halfwave::lab
