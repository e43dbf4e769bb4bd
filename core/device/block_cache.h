#pragma once

#include "core/device/memory_report.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace halfwave {

/// What stands in front of the memory of every tensor. Its size is the alignment, so that the data that
/// follows it is aligned as well.
struct alignas(64) MemoryBlock {
  std::size_t size = 0;      ///< bytes asked for
  std::size_t capacity = 0;  ///< bytes there are
  MemoryCategory category = MemoryCategory::other;
  MemoryBlock* older = nullptr;  ///< in the cache: neighbours by the time of their release
  MemoryBlock* newer = nullptr;
  MemoryBlock* below = nullptr;  ///< in the cache: neighbours of the same capacity
  MemoryBlock* above = nullptr;

  void* data() { return this + 1; }
  static MemoryBlock* of(void* data) { return static_cast<MemoryBlock*>(data) - 1; }
};
static_assert(sizeof(MemoryBlock) == 64);

/// Gives memory blocks and keeps released large ones, so that a training step that repeats finds its memory
/// mapped already. Thread-safe. When it holds more than its limit, the blocks released longest ago go first.
class BlockCache {
 public:
  /// Blocks below this size are left to malloc.
  static constexpr std::size_t smallest_kept = std::size_t{64} << 10;

  /// Keeps at most `limit` bytes of released blocks.
  explicit BlockCache(std::size_t limit) : limit_(limit) {}
  ~BlockCache();
  BlockCache(const BlockCache&) = delete;
  BlockCache& operator=(const BlockCache&) = delete;

  /// A block with at least `size` bytes of data, aligned to 64. Throws RunError when there is no memory,
  /// after giving back all that was kept.
  MemoryBlock* take(std::size_t size);
  void release(MemoryBlock* block) noexcept;

  std::size_t kept_bytes() const;
  /// Returns everything kept to the system.
  void clear() noexcept;

  /// What `size` is rounded up to: an eighth of a power of two for blocks that are kept, so at most 1/8 is
  /// unused.
  static std::size_t capacity_of(std::size_t size);

 private:
  MemoryBlock* find(std::size_t capacity);
  void unlink(MemoryBlock* block) noexcept;
  void trim(std::size_t limit) noexcept;

  static constexpr std::size_t bins = 8 * 48;  // eighths of powers of two from 2^16
  static std::size_t bin_of(std::size_t capacity);

  const std::size_t limit_;
  mutable std::mutex mutex_;
  std::size_t kept_ = 0;
  MemoryBlock* oldest_ = nullptr;
  MemoryBlock* newest_ = nullptr;
  std::array<MemoryBlock*, bins> top_{};  // the block of each bin that was released last
};

}  // namespace halfwave
