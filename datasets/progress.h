#pragma once

#include "core/error.h"

#include <atomic>
#include <functional>
#include <string>

namespace halfwave::datasets {

/// How long work tells of itself and is cancelled. Both members may be empty. `report` is called from a
/// working thread, by one thread at a time, with a fraction in [0, 1] that never falls.
struct Progress {
  std::function<void(double fraction, const std::string& what)> report;
  const std::atomic<bool>* cancel = nullptr;

  bool cancelled() const { return cancel != nullptr && cancel->load(std::memory_order_relaxed); }
  /// The share [from, to] of this progress, for a part of the work.
  Progress part(double from, double to) const {
    if (!report) return {nullptr, cancel};
    return {[outer = report, from, to](double fraction, const std::string& what) {
              outer(from + (to - from) * fraction, what);
            },
            cancel};
  }
};

/// Thrown when `Progress::cancel` was set.
class Cancelled : public Error {
 public:
  Cancelled() : Error("The work was cancelled.") {}
};

}  // namespace halfwave::datasets
