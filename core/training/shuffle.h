#pragma once

#include <cstdint>
#include <vector>

namespace halfwave {

/// Draws the order of the samples of each epoch. Its whole state is one number.
class Shuffle {
 public:
  explicit Shuffle(std::uint64_t seed);

  /// 0 … count − 1, in an order in which every permutation is equally likely (Fisher and Yates).
  std::vector<std::int64_t> permutation(std::int64_t count);

  std::uint64_t state() const { return state_; }
  void restore(std::uint64_t state) { state_ = state; }

 private:
  std::uint64_t next();
  std::uint64_t below(std::uint64_t bound);

  std::uint64_t state_;
};

}  // namespace halfwave
