#pragma once

#include <QElapsedTimer>
#include <QTimer>

#include <functional>

namespace halfwave::lab {

/// Empties queues when asked to, but at most 15 times a second.
class DrainTimer {
 public:
  static constexpr int min_interval_ms = 66;

  explicit DrainTimer(std::function<void()> drain);

  /// Drains at once, or as soon as it may be done again.
  void schedule();
  /// Drains at once, whatever was scheduled.
  void drain_now();

 private:
  void drain();

  std::function<void()> drain_;
  QTimer timer_;
  QElapsedTimer since_drain_;
};

}  // namespace halfwave::lab
