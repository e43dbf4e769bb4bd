#pragma once

#include "core/experiment/experiment.h"

#include <string>

namespace halfwave {

/// Where a run takes place, as JSON text: versions, device, threads, seed, and for each policy of the
/// experiment which cells the device computes natively and which it emulates.
std::string describe_environment(const Experiment& experiment);

}  // namespace halfwave
