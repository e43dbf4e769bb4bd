#pragma once

#include "core/device/memory_report.h"

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

namespace halfwave {

/// Lets several runs of one process work in turn, one step each, so that they stay in phase and each has the
/// machine to itself while it works. A run whose trainer is paused passes its turn on; one that has ended
/// leaves. Since only one run works at a time, memory that is live when its turn begins and is not its own
/// belongs to the others: `report` leaves that out.
class Turns {
 public:
  explicit Turns(std::size_t runs);

  /// Waits until it is `run`'s turn. Runs begin in the order of their numbers.
  void take(std::size_t run);
  /// Passes the turn on.
  void pass(std::size_t run);
  /// `run` takes no more turns.
  void leave(std::size_t run);

  /// What is `run`'s own of the process's memory; called while it has the turn.
  MemoryReport own(std::size_t run, const MemoryReport& process) const;

 private:
  void advance(std::size_t from);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t current_ = 0;
  bool taken_ = false;
  std::vector<bool> present_;
  std::vector<std::array<std::int64_t, 6>> own_;  ///< live bytes when the run passed its turn
  std::array<std::int64_t, 6> others_{};          ///< live bytes of the others, now
};

}  // namespace halfwave
