#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace halfwave {

/// Memory of one thread, used again by the next who asks: one user at a time. Every part that is taken begins
/// a cache line.
class ThreadScratch {
 public:
  /// `bytes` is the sum of what will be taken, each part as `size` counts it.
  explicit ThreadScratch(std::int64_t bytes) {
    static thread_local std::vector<char> memory;
    const auto needed = static_cast<std::size_t>(bytes + line);
    if (memory.size() < needed) memory.resize(needed);
    const auto address = reinterpret_cast<std::uintptr_t>(memory.data());
    next_ = memory.data() + (line - address % line) % line;
  }

  template <typename Value>
  static std::int64_t size(std::int64_t count) {
    return (count * static_cast<std::int64_t>(sizeof(Value)) + line - 1) / line * line;
  }

  template <typename Value>
  Value* take(std::int64_t count) {
    char* part = next_;
    next_ += size<Value>(count);
    return reinterpret_cast<Value*>(part);
  }

 private:
  static constexpr std::int64_t line = 64;
  char* next_;
};

}  // namespace halfwave
