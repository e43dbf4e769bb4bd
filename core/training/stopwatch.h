#pragma once

#include <chrono>

namespace halfwave {

/// Seconds of work: pauses do not count.
class Stopwatch {
 public:
  explicit Stopwatch(double already = 0.0) : before_(already), begin_(Clock::now()) {}

  double seconds() const { return running_ ? before_ + since_begin() : before_; }
  void pause() {
    before_ = seconds();
    running_ = false;
  }
  void resume() {
    begin_ = Clock::now();
    running_ = true;
  }

 private:
  using Clock = std::chrono::steady_clock;
  double since_begin() const { return std::chrono::duration<double>(Clock::now() - begin_).count(); }

  double before_;
  Clock::time_point begin_;
  bool running_ = true;
};

/// Seconds on a clock that only goes forward.
inline double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace halfwave
