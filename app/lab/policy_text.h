#pragma once

#include "core/experiment/experiment.h"

#include <QString>

namespace halfwave::lab {

/// The policy that a run begins with. A document with problems gives the nearest table that can be shown.
Policy first_policy(const Experiment& experiment);
/// The same for a phase of its schedule; without a schedule, the constant policy.
Policy phase_policy(const Experiment& experiment, int phase);
/// The preset that a phase, or the constant policy, is counted from.
std::string phase_preset(const PrecisionSpec& spec, int phase);

/// Writes a whole table into a spec: as the constant policy, or as a phase of its schedule.
void store_policy(PrecisionSpec& spec, int phase, const Policy& policy, const std::string& base_preset);

/// Takes out overrides of blocks that an operator of `layers` blocks does not have.
void drop_missing_layers(PrecisionSpec& spec, int layers);

/// For a person: `mixed`, `mixed, edited`, `schedule`.
QString policy_label(const PrecisionSpec& spec);

}  // namespace halfwave::lab
