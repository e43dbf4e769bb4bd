#include "core/training/turns.h"

#include "core/device/memory_meter.h"

#include <algorithm>

namespace halfwave {

Turns::Turns(std::size_t runs) : seats_(runs) {
  choose_next();
}

void Turns::take(std::size_t run) {
  std::unique_lock lock(mutex_);
  Seat& seat = seats_.at(run);
  if (seat.presence == Presence::resting) {
    seat.presence = Presence::here;
    if (!taken_) choose_next();
    changed_.notify_all();
  }
  // A run that has left is waited for by nobody, so it waits for nobody either.
  changed_.wait(lock, [&] { return (!taken_ && next_ == run) || seat.presence == Presence::gone; });
  if (seat.presence == Presence::gone) return;
  taken_ = true;
  reset_memory_peak();
  const MemoryReport now = memory_report();
  for (std::size_t i = 0; i < others_.size(); ++i) others_[i] = now.live[i] - seat.own[i];
}

void Turns::pass(std::size_t run) {
  const std::lock_guard lock(mutex_);
  ++seats_.at(run).turns;
  give_up(run, Presence::here);
}

void Turns::rest(std::size_t run) {
  const std::lock_guard lock(mutex_);
  give_up(run, Presence::resting);
}

void Turns::expect_all() {
  const std::lock_guard lock(mutex_);
  for (Seat& seat : seats_)
    if (seat.presence == Presence::resting) seat.presence = Presence::here;
  if (!taken_) choose_next();
  changed_.notify_all();
}

void Turns::leave(std::size_t run) {
  const std::lock_guard lock(mutex_);
  if (seats_.at(run).presence != Presence::gone) give_up(run, Presence::gone);
}

void Turns::give_up(std::size_t run, Presence presence) {
  Seat& seat = seats_.at(run);
  if (seat.presence != Presence::gone) seat.presence = presence;
  if (taken_ && next_ == run) {
    taken_ = false;
    const MemoryReport now = memory_report();
    for (std::size_t i = 0; i < others_.size(); ++i) seat.own[i] = now.live[i] - others_[i];
  }
  if (!taken_) choose_next();
  changed_.notify_all();
}

void Turns::choose_next() {
  next_ = nobody;
  for (std::size_t i = 0; i < seats_.size(); ++i)
    if (seats_[i].presence == Presence::here && (next_ == nobody || seats_[i].turns < seats_[next_].turns))
      next_ = i;
}

MemoryReport Turns::own(std::size_t, const MemoryReport& process) const {
  const std::lock_guard lock(mutex_);
  MemoryReport own = process;
  for (std::size_t i = 0; i < others_.size(); ++i) {
    own.live[i] -= others_[i];
    own.peak[i] -= others_[i];
  }
  for (const MemoryCategory category : counted_categories)
    own.peak_total -= others_[static_cast<std::size_t>(category)];
  return own;
}

bool Turns::snapshot_at(std::int64_t step, bool wish) {
  constexpr std::size_t remembered = 1024;
  const std::lock_guard lock(mutex_);
  if (step <= decided_) return std::find(snapshots_.begin(), snapshots_.end(), step) != snapshots_.end();
  decided_ = step;
  if (!wish) return false;
  snapshots_.push_back(step);
  if (snapshots_.size() > remembered) snapshots_.pop_front();
  return true;
}

}  // namespace halfwave
