#include "app/lab/event_queue.h"

#include <utility>

namespace halfwave::lab {
namespace {

template <typename Event>
void push_bounded(std::vector<Event>& list, const Event& event, std::size_t limit) {
  if (list.size() >= limit) {
    std::size_t kept = 0;
    for (std::size_t i = 1; i < list.size(); i += 2) list[kept++] = std::move(list[i]);
    list.resize(kept);
  }
  list.push_back(event);
}

}  // namespace

bool EventBatch::empty() const {
  return states.empty() && steps.empty() && epochs.empty() && policies.empty() && !snapshot && !spectrum &&
         !memory && !range;
}

EventQueue::EventQueue(std::function<void()> wake, std::size_t limit)
    : wake_(std::move(wake)), limit_(limit) {}

template <typename Change>
void EventQueue::change(Change&& apply) {
  bool was_empty = false;
  {
    const std::lock_guard lock(mutex_);
    was_empty = waiting_.empty();
    apply(waiting_);
  }
  if (was_empty && wake_) wake_();
}

EventBatch EventQueue::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(waiting_, {});
}

void EventQueue::on_state(const StateEvent& event) {
  change([&](EventBatch& batch) { push_bounded(batch.states, event, limit_); });
}
void EventQueue::on_step(const StepEvent& event) {
  change([&](EventBatch& batch) { push_bounded(batch.steps, event, limit_); });
}
void EventQueue::on_epoch(const EpochEvent& event) {
  change([&](EventBatch& batch) { push_bounded(batch.epochs, event, limit_); });
}
void EventQueue::on_snapshot(const SnapshotEvent& event) {
  // Copied before the lock is taken: a picture is large.
  SnapshotEvent copy = event;
  change([&](EventBatch& batch) { batch.snapshot = std::move(copy); });
}
void EventQueue::on_spectrum(const SpectrumEvent& event) {
  change([&](EventBatch& batch) { batch.spectrum = event; });
}
void EventQueue::on_memory(const MemoryEvent& event) {
  change([&](EventBatch& batch) { batch.memory = event; });
}
void EventQueue::on_range(const RangeEvent& event) {
  RangeEvent copy = event;
  change([&](EventBatch& batch) { batch.range = std::move(copy); });
}
void EventQueue::on_policy(const PolicyEvent& event) {
  change([&](EventBatch& batch) { push_bounded(batch.policies, event, limit_); });
}

}  // namespace halfwave::lab
