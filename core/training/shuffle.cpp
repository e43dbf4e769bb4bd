#include "core/training/shuffle.h"

#include <numeric>
#include <utility>

namespace halfwave {

// Kept apart from other uses of the same seed, such as the first weights.
Shuffle::Shuffle(std::uint64_t seed) : state_(seed ^ 0x5348554646'4c45ULL) {}

/// SplitMix64 (Steele, Lea and Flood 2014).
std::uint64_t Shuffle::next() {
  state_ += 0x9e3779b97f4a7c15ULL;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

std::uint64_t Shuffle::below(std::uint64_t bound) {
  // Draws from an incomplete last stretch would favour small numbers, so they are repeated.
  const std::uint64_t incomplete = (0 - bound) % bound;
  std::uint64_t draw = next();
  while (draw < incomplete) draw = next();
  return draw % bound;
}

std::vector<std::int64_t> Shuffle::permutation(std::int64_t count) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[below(i)]);
  return order;
}

}  // namespace halfwave
