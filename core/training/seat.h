#pragma once

#include "core/training/trainer.h"
#include "core/training/turns.h"

namespace halfwave {

/// A run's view of those it steps in turn with. Where it is alone, nothing here does anything.
class Seat {
 public:
  explicit Seat(TurnSeat seat) : seat_(std::move(seat)) {}
  ~Seat() { leave(); }
  Seat(const Seat&) = delete;
  Seat& operator=(const Seat&) = delete;

  bool alone() const { return seat_.turns == nullptr; }
  std::size_t runs() const { return alone() ? 1 : seat_.turns->runs(); }

  void take() {
    if (!alone()) seat_.turns->take(seat_.run);
  }
  void pass() {
    if (!alone()) seat_.turns->pass(seat_.run);
  }
  void rest() {
    if (!alone()) seat_.turns->rest(seat_.run);
  }
  void leave() {
    if (!alone()) seat_.turns->leave(seat_.run);
  }

  /// The run's own part of the process's memory.
  MemoryReport own(const MemoryReport& process) const {
    return alone() ? process : seat_.turns->own(seat_.run, process);
  }
  /// Whether a snapshot that this run wishes, or not, is taken after `step`.
  bool snapshot_at(std::int64_t step, bool wish) {
    return alone() ? wish : seat_.turns->snapshot_at(step, wish);
  }

 private:
  TurnSeat seat_;
};

}  // namespace halfwave
