#include "core/precision/schedule.h"

#include <cmath>

namespace halfwave {

std::vector<SchedulePhase> paper_schedule() {
  return {
      {0.25, "mixed", {}},
      {0.50,
       "amp",
       {{"block.*", "forward_transform", "fp32"},
        {"block.*", "contraction", "fp16"},
        {"block.*", "inverse_transform", "fp16"}}},
      {0.25, "full", {}},
  };
}

std::size_t phase_at(const std::vector<SchedulePhase>& phases, int epoch, int epochs) {
  double share = 0.0;
  for (std::size_t i = 0; i + 1 < phases.size(); ++i) {
    share += phases[i].fraction;
    // The small addition keeps a sum such as 0.1 + 0.2 from falling just short of a half.
    const double boundary = std::floor(share * epochs + 0.5 + 1e-9);
    if (epoch < boundary) return i;
  }
  return phases.empty() ? 0 : phases.size() - 1;
}

}  // namespace halfwave
