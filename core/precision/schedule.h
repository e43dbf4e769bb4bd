#pragma once

#include "core/precision/policy.h"

#include <string>
#include <vector>

namespace halfwave {

/// One stretch of a schedule: a share of the epochs, and the policy in force during it.
struct SchedulePhase {
  double fraction = 1.0;
  std::string preset = "full";
  std::vector<PolicyOverride> overrides;
  bool operator==(const SchedulePhase&) const = default;
};

/// The paper's schedule (arXiv 2307.15034, section 4.4): 25 % of the epochs `mixed` (fp16 transforms, tanh),
/// 50 % with an fp32 forward transform and fp16 contraction and inverse transform without stabilizer, 25 %
/// `full`.
std::vector<SchedulePhase> paper_schedule();

/// Which phase epoch `epoch` (from 0) of `epochs` lies in. Boundaries are rounded to whole epochs; a phase
/// never gets more than its share rounded up. `phases` must not be empty.
std::size_t phase_at(const std::vector<SchedulePhase>& phases, int epoch, int epochs);

}  // namespace halfwave
