#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace halfwave {

/// Remembers how long the latest steps took.
class StepTimes {
 public:
  void add(double seconds) {
    if (times_.size() < most)
      times_.push_back(seconds);
    else
      times_[next_] = seconds;
    next_ = (next_ + 1) % most;
  }

  /// 0 before the first step.
  double median() const {
    if (times_.empty()) return 0.0;
    std::vector<double> sorted = times_;
    const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
    std::nth_element(sorted.begin(), middle, sorted.end());
    return *middle;
  }

 private:
  static constexpr std::size_t most = 4096;
  std::vector<double> times_;
  std::size_t next_ = 0;
};

}  // namespace halfwave
