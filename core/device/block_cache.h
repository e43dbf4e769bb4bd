#pragma once

#include "core/device/memory_report.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace halfwave {

/// What stands in front of the memory of every tensor. Its size is the alignment, so that the data that
/// follows it is aligned as well.
struct alignas(64) MemoryBlock {
  std::size_t size = 0;           ///< bytes asked for
  std::size_t extent = 0;         ///< bytes from this header to the next
  std::size_t touched = 0;        ///< of a free block: bytes that may be resident
  MemoryBlock* before = nullptr;  ///< neighbours in memory; blocks of malloc have none
  MemoryBlock* after = nullptr;
  MemoryBlock* below = nullptr;  ///< of a free block: neighbours of about the same extent
  MemoryBlock* above = nullptr;
  MemoryCategory category = MemoryCategory::other;
  bool in_segment = false;
  bool free = false;

  void* data() { return this + 1; }
  static MemoryBlock* of(void* data) { return static_cast<MemoryBlock*>(data) - 1; }
};
static_assert(sizeof(MemoryBlock) == 64);

/// Gives memory blocks and keeps released large ones, so that a training step that repeats finds its memory
/// mapped already. Large blocks lie side by side in segments of a gigabyte; free ones are split for smaller
/// requests and joined with free neighbours, so that the process needs little more than what is live at its
/// peak, whatever sizes that is made of. Thread-safe.
class BlockCache {
 public:
  /// Blocks below this size are left to malloc.
  static constexpr std::size_t smallest_kept = std::size_t{64} << 10;

  /// Keeps at most `limit` bytes of released blocks resident.
  explicit BlockCache(std::size_t limit) : limit_(limit) {}
  ~BlockCache();  ///< every block must have been released
  BlockCache(const BlockCache&) = delete;
  BlockCache& operator=(const BlockCache&) = delete;

  /// A block with at least `size` bytes of data, aligned to 64. Throws RunError when there is no memory,
  /// after giving back all that was kept.
  MemoryBlock* take(std::size_t size);
  void release(MemoryBlock* block) noexcept;

  /// Bytes of released blocks that may be resident.
  std::size_t kept_bytes() const;
  /// Bytes of address space taken for large blocks.
  std::size_t mapped_bytes() const;
  /// Returns everything kept to the system.
  void clear() noexcept;

 private:
  struct Segment {
    char* begin;
    std::size_t size;
    std::size_t used;   ///< bytes that blocks were ever made of, from the beginning
    MemoryBlock* last;  ///< the block that ends there, or null
    MemoryBlock* first() const { return reinterpret_cast<MemoryBlock*>(begin); }
  };

  MemoryBlock* find(std::size_t extent);
  MemoryBlock* grow(std::size_t extent);
  MemoryBlock* grow(Segment& segment, std::size_t extent);
  bool add_segment(std::size_t extent);
  void split(MemoryBlock* block, std::size_t extent);
  void join(MemoryBlock* block, MemoryBlock* after);
  void set_last(MemoryBlock* old_last, MemoryBlock* last);
  void link(MemoryBlock* block);
  void unlink(MemoryBlock* block);
  void trim(std::size_t limit) noexcept;
  void drop_empty_segments() noexcept;

  static constexpr std::size_t bins = 8 * 48;  // eighths of powers of two from 2^16
  static std::size_t bin_of(std::size_t extent);

  const std::size_t limit_;
  mutable std::mutex mutex_;
  std::size_t kept_ = 0;
  std::vector<Segment> segments_;
  std::array<MemoryBlock*, bins> top_{};  // the free block of each bin that was released last
};

}  // namespace halfwave
