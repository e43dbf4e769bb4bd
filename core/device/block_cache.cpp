#include "core/device/block_cache.h"

#include "core/error.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <new>
#include <string>
#include <sys/mman.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, size) static_cast<void>(0)
#define ASAN_UNPOISON_MEMORY_REGION(address, size) static_cast<void>(0)
#endif

namespace halfwave {
namespace {

constexpr std::size_t page = 4096;
constexpr std::size_t segment_size = std::size_t{1} << 30;
constexpr std::size_t header = sizeof(MemoryBlock);

std::string in_gigabytes(std::size_t bytes) {
  const auto tenths = bytes / 100'000'000 + (bytes % 100'000'000 != 0);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " GB";
}

std::size_t rounded_up(std::size_t bytes, std::size_t step) {
  return (bytes + step - 1) / step * step;
}

char* address(MemoryBlock* block) {
  return reinterpret_cast<char*>(block);
}

MemoryBlock* from_malloc(std::size_t size) noexcept {
  void* memory = nullptr;
  if (posix_memalign(&memory, alignof(MemoryBlock), size + header) != 0) return nullptr;
  return new (memory) MemoryBlock;
}

MemoryBlock* make_block(char* begin, std::size_t extent) {
  ASAN_UNPOISON_MEMORY_REGION(begin, header);
  auto* block = new (begin) MemoryBlock;
  block->extent = extent;
  block->in_segment = true;
  return block;
}

}  // namespace

BlockCache::~BlockCache() {
  for (const Segment& segment : segments_) {
    ASAN_UNPOISON_MEMORY_REGION(segment.begin, segment.size);
    munmap(segment.begin, segment.size);
  }
}

std::size_t BlockCache::bin_of(std::size_t extent) {
  const auto power = static_cast<std::size_t>(std::bit_width(extent)) - 1;
  const std::size_t eighth = (extent >> (power - 3)) & 7;
  return std::min((power - 16) * 8 + eighth, bins - 1);
}

MemoryBlock* BlockCache::take(std::size_t size) {
  MemoryBlock* block = nullptr;
  if (size < smallest_kept) {
    block = from_malloc(size);
  } else if (size <= SIZE_MAX / 2) {
    const std::size_t extent = rounded_up(size + header, page);
    const std::lock_guard lock(mutex_);
    block = find(extent);
    if (block == nullptr) block = grow(extent);
    if (block == nullptr) {
      trim(0);
      drop_empty_segments();
      block = grow(extent);
    }
    if (block != nullptr) {
      split(block, extent);
      ASAN_UNPOISON_MEMORY_REGION(block->data(), block->extent - header);
    }
  }
  if (block == nullptr)
    throw RunError(
        "memory: a tensor of " + in_gigabytes(size) +
        " does not fit into this machine's memory; a smaller batch, grid, width or number of samples "
        "needs less");
  block->size = size;
  return block;
}

void BlockCache::release(MemoryBlock* block) noexcept {
  if (!block->in_segment) {
    std::free(block);
    return;
  }
  const std::lock_guard lock(mutex_);
  ASAN_POISON_MEMORY_REGION(block->data(), block->extent - header);
  block->touched = block->extent;
  if (block->after != nullptr && block->after->free) join(block, block->after);
  if (block->before != nullptr && block->before->free) {
    MemoryBlock* before = block->before;
    unlink(before);
    join(before, block);
    block = before;
  }
  link(block);
  if (kept_ > limit_) trim(limit_);
}

// The smallest free block that is large enough, of those of about the same size; else one of the next larger.
MemoryBlock* BlockCache::find(std::size_t extent) {
  std::size_t bin = bin_of(extent);
  MemoryBlock* best = nullptr;
  for (MemoryBlock* block = top_[bin]; block != nullptr; block = block->below)
    if (block->extent >= extent && (best == nullptr || block->extent < best->extent)) best = block;
  while (best == nullptr && ++bin < bins) best = top_[bin];
  if (best != nullptr) unlink(best);
  return best;
}

// New memory: at the end of a segment, together with a free block that lies there, or in a new segment.
MemoryBlock* BlockCache::grow(std::size_t extent) {
  for (Segment& segment : segments_)
    if (MemoryBlock* block = grow(segment, extent)) return block;
  if (!add_segment(std::max(extent, segment_size)) && !add_segment(extent)) return nullptr;
  return grow(segments_.back(), extent);
}

MemoryBlock* BlockCache::grow(Segment& segment, std::size_t extent) {
  MemoryBlock* last = segment.last;
  const std::size_t have = last != nullptr && last->free ? last->extent : 0;
  const std::size_t missing = extent - std::min(have, extent);
  if (segment.size - segment.used < missing) return nullptr;
  char* end = segment.begin + segment.used;
  segment.used += missing;
  if (have > 0) {
    unlink(last);
    last->extent += missing;
    return last;
  }
  MemoryBlock* block = make_block(end, extent);
  block->before = last;
  if (last != nullptr) last->after = block;
  segment.last = block;
  return block;
}

bool BlockCache::add_segment(std::size_t size) {
  segments_.reserve(segments_.size() + 1);
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return false;
  // Fields are walked with strides of many pages; 2 MiB pages spare most misses of the address cache.
  madvise(memory, size, MADV_HUGEPAGE);
  segments_.push_back({static_cast<char*>(memory), size, 0, nullptr});
  return true;
}

// Leaves `block` with `extent` bytes; what is more becomes a free block if it is worth keeping.
void BlockCache::split(MemoryBlock* block, std::size_t extent) {
  if (block->extent < extent + smallest_kept + page) return;
  MemoryBlock* rest = make_block(address(block) + extent, block->extent - extent);
  rest->before = block;
  rest->after = block->after;
  if (block->after != nullptr) {
    block->after->before = rest;
  } else {
    set_last(block, rest);
  }
  block->after = rest;
  rest->touched = block->touched > extent ? block->touched - extent : page;
  rest->touched = std::min(rest->touched, rest->extent);
  block->extent = extent;
  ASAN_POISON_MEMORY_REGION(rest->data(), rest->extent - header);
  link(rest);
}

// Adds the neighbour `after` to `block`, which is in no bin.
void BlockCache::join(MemoryBlock* block, MemoryBlock* after) {
  if (after->free) unlink(after);
  if (after->after != nullptr) {
    after->after->before = block;
  } else {
    set_last(after, block);
  }
  block->after = after->after;
  block->extent += after->extent;
  block->touched += after->touched;
}

void BlockCache::set_last(MemoryBlock* old_last, MemoryBlock* last) {
  for (Segment& segment : segments_)
    if (segment.last == old_last) segment.last = last;
}

void BlockCache::link(MemoryBlock* block) {
  block->free = true;
  MemoryBlock*& top = top_[bin_of(block->extent)];
  block->below = top;
  block->above = nullptr;
  if (top != nullptr) top->above = block;
  top = block;
  kept_ += block->touched;
}

void BlockCache::unlink(MemoryBlock* block) {
  (block->above != nullptr ? block->above->below : top_[bin_of(block->extent)]) = block->below;
  if (block->below != nullptr) block->below->above = block->above;
  block->free = false;
  kept_ -= block->touched;
}

// Takes the pages of the largest free blocks from them until no more than `limit` bytes are kept.
void BlockCache::trim(std::size_t limit) noexcept {
  for (std::size_t bin = bins; bin-- > 0;)
    for (MemoryBlock* block = top_[bin]; block != nullptr; block = block->below) {
      if (kept_ <= limit) return;
      if (block->extent <= page || block->touched <= page) continue;
      madvise(address(block) + page, block->extent - page, MADV_DONTNEED);
      kept_ -= block->touched - page;
      block->touched = page;  // the page of the header
    }
}

void BlockCache::drop_empty_segments() noexcept {
  const auto is_empty = [this](const Segment& segment) {
    if (segment.last == nullptr || segment.last != segment.first() || !segment.last->free) return false;
    unlink(segment.last);
    ASAN_UNPOISON_MEMORY_REGION(segment.begin, segment.size);
    munmap(segment.begin, segment.size);
    return true;
  };
  segments_.erase(std::remove_if(segments_.begin(), segments_.end(), is_empty), segments_.end());
}

std::size_t BlockCache::kept_bytes() const {
  const std::lock_guard lock(mutex_);
  return kept_;
}

std::size_t BlockCache::mapped_bytes() const {
  const std::lock_guard lock(mutex_);
  std::size_t bytes = 0;
  for (const Segment& segment : segments_) bytes += segment.size;
  return bytes;
}

void BlockCache::clear() noexcept {
  const std::lock_guard lock(mutex_);
  trim(0);
  drop_empty_segments();
}

}  // namespace halfwave
