#pragma once

#include "core/device/memory_report.h"

#include <array>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

namespace halfwave {

/// Lets several runs of one process work in turn, one step each, so that they stay in phase and each has the
/// machine to itself while it works. The turn goes to the run that has had the fewest, so runs that fell out
/// of phase (a pause reached one of them a step earlier) come back into it. A paused run rests and is not
/// waited for; one that has ended leaves. Since only one run works at a time, memory that is live when its
/// turn begins and is not its own belongs to the others: `own` leaves that out.
///
/// All members may be called from any thread; those with a `run` are called by that run's own.
class Turns {
 public:
  explicit Turns(std::size_t runs);

  /// Waits until it is `run`'s turn. Runs begin in the order of their numbers. Forgets the memory peak: from
  /// here on it is the run's.
  void take(std::size_t run);
  /// Passes the turn on, having done a step.
  void pass(std::size_t run);
  /// Passes the turn on, and takes no further part until it takes a turn again.
  void rest(std::size_t run);
  /// Waits again for all that rest: called before several runs are woken, so that the first one awake does
  /// not run ahead.
  void expect_all();
  /// `run` takes no more turns. Without effect where it has left already.
  void leave(std::size_t run);

  std::size_t runs() const { return seats_.size(); }

  /// What is `run`'s own of the process's memory; called while it has the turn.
  MemoryReport own(std::size_t run, const MemoryReport& process) const;

  /// Whether a snapshot is taken after step `step`, so that all runs take theirs at the same steps: the first
  /// to come there decides, by `wish`.
  bool snapshot_at(std::int64_t step, bool wish);

 private:
  using Bytes = std::array<std::int64_t, 6>;
  static constexpr std::size_t nobody = static_cast<std::size_t>(-1);
  enum class Presence : std::uint8_t { here, resting, gone };
  struct Seat {
    Presence presence = Presence::here;
    std::int64_t turns = 0;  ///< that it has had
    Bytes own{};             ///< live bytes when it passed its turn
  };

  void give_up(std::size_t run, Presence presence);
  void choose_next();

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Seat> seats_;
  std::size_t next_ = 0;  ///< whose turn it is; `nobody` while all rest
  bool taken_ = false;
  Bytes others_{};  ///< live bytes of the others while a turn is taken
  std::int64_t decided_ = -1;
  std::deque<std::int64_t> snapshots_;  ///< the last steps up to `decided_` with a snapshot
};

}  // namespace halfwave
