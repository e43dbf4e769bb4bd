#pragma once

#include "core/experiment/experiment.h"

#include <cstdint>

namespace halfwave {

/// Real numbers that the operator of this spec learns; a complex weight counts as two. Closed form, builds
/// nothing. A spec that cannot be built (no modes, a width below 1) has 0.
std::int64_t parameter_count(const OperatorSpec& spec, int in_channels, int out_channels);

}  // namespace halfwave
