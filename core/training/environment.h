#pragma once

#include "core/experiment/experiment.h"

#include <map>
#include <string>

namespace halfwave {

/// Where a run takes place, as JSON text: versions, device, threads, seed, and for each policy of the
/// experiment which cells the device computes natively and which it emulates.
std::string describe_environment(const Experiment& experiment);

/// Every policy of the experiment, by phase of the schedule and by edit.
std::map<std::string, Policy> policies_of(const Experiment& experiment);

/// True if the device emulates any cell that one of the experiment's policies computes in, so that times say
/// nothing about the formats.
bool computes_emulated(const Experiment& experiment);

}  // namespace halfwave
