#include "app/lab/drain_timer.h"

#include <utility>

namespace halfwave::lab {

DrainTimer::DrainTimer(std::function<void()> drain) : drain_(std::move(drain)) {
  timer_.setSingleShot(true);
  timer_.callOnTimeout([this] { this->drain(); });
}

void DrainTimer::schedule() {
  if (timer_.isActive()) return;
  const qint64 passed = since_drain_.isValid() ? since_drain_.elapsed() : min_interval_ms;
  if (passed >= min_interval_ms) {
    drain();
  } else {
    timer_.start(static_cast<int>(min_interval_ms - passed));
  }
}

void DrainTimer::drain_now() {
  timer_.stop();
  drain();
}

void DrainTimer::drain() {
  since_drain_.start();
  drain_();
}

}  // namespace halfwave::lab
