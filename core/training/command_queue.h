#pragma once

#include "core/precision/policy.h"

#include <condition_variable>
#include <mutex>
#include <optional>

namespace halfwave {

/// What other threads ask of a trainer. All members may be called from any thread; the newest wish of a kind
/// replaces an older one that has not been seen yet.
class CommandQueue {
 public:
  /// What is to be done before the next step.
  struct Pending {
    bool stop = false;
    bool pause = false;
    std::optional<Policy> policy;
    std::optional<int> sample;
  };

  void pause();
  void resume();
  void stop();
  void set_policy(const Policy& policy);
  void set_sample(int sample);

  /// Takes what has come; policy and sample are handed out once.
  Pending take();
  /// Waits until there is something new: an edit, a stop, or an end of the pause.
  void wait();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  Pending pending_;
};

}  // namespace halfwave
