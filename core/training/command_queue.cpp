#include "core/training/command_queue.h"

#include <utility>

namespace halfwave {

void CommandQueue::pause() {
  const std::lock_guard lock(mutex_);
  pending_.pause = true;
}

void CommandQueue::resume() {
  {
    const std::lock_guard lock(mutex_);
    pending_.pause = false;
  }
  changed_.notify_all();
}

void CommandQueue::stop() {
  {
    const std::lock_guard lock(mutex_);
    pending_.stop = true;
  }
  changed_.notify_all();
}

void CommandQueue::set_policy(const Policy& policy) {
  {
    const std::lock_guard lock(mutex_);
    pending_.policy = policy;
  }
  changed_.notify_all();
}

void CommandQueue::set_sample(int sample) {
  {
    const std::lock_guard lock(mutex_);
    pending_.sample = sample;
  }
  changed_.notify_all();
}

CommandQueue::Pending CommandQueue::take() {
  const std::lock_guard lock(mutex_);
  Pending taken = pending_;
  pending_.policy.reset();
  pending_.sample.reset();
  return taken;
}

void CommandQueue::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock,
                [this] { return pending_.stop || !pending_.pause || pending_.policy || pending_.sample; });
}

}  // namespace halfwave
