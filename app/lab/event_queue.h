#pragma once

#include "core/training/events.h"

#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

namespace halfwave::lab {

/// What a trainer has told since the last look. Of pictures, spectra, memory and ranges only the newest is
/// kept.
struct EventBatch {
  std::vector<StateEvent> states;
  std::vector<StepEvent> steps;
  std::vector<EpochEvent> epochs;
  std::vector<PolicyEvent> policies;
  std::optional<SnapshotEvent> snapshot;
  std::optional<SpectrumEvent> spectrum;
  std::optional<MemoryEvent> memory;
  std::optional<RangeEvent> range;
  bool empty() const;
};

/// The only way from the trainer's thread to the window. Events are copied under a lock that nobody holds
/// for longer than such a copy. Bounded: when a list is full, every second of its entries is dropped, so that
/// a curve stays whole at half its density.
class EventQueue : public Observer {
 public:
  /// `wake` is called on the trainer's thread, outside the lock, when the queue stops being empty.
  explicit EventQueue(std::function<void()> wake, std::size_t limit = 4096);

  /// All that is waiting; from any thread.
  EventBatch take();

  void on_state(const StateEvent& event) override;
  void on_step(const StepEvent& event) override;
  void on_epoch(const EpochEvent& event) override;
  void on_snapshot(const SnapshotEvent& event) override;
  void on_spectrum(const SpectrumEvent& event) override;
  void on_memory(const MemoryEvent& event) override;
  void on_policy(const PolicyEvent& event) override;
  void on_range(const RangeEvent& event) override;

 private:
  template <typename Change>
  void change(Change&& apply);

  std::function<void()> wake_;
  std::size_t limit_;
  std::mutex mutex_;
  EventBatch waiting_;
};

}  // namespace halfwave::lab
