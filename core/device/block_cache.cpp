#include "core/device/block_cache.h"

#include "core/error.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <new>
#include <string>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, size) static_cast<void>(0)
#define ASAN_UNPOISON_MEMORY_REGION(address, size) static_cast<void>(0)
#endif

namespace halfwave {
namespace {

// How much larger than asked a kept block may be: two bins, at most 1.25 times the capacity.
constexpr std::size_t bins_searched = 3;

std::string in_gigabytes(std::size_t bytes) {
  const auto tenths = bytes / 100'000'000 + (bytes % 100'000'000 != 0);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " GB";
}

MemoryBlock* allocate(std::size_t capacity) noexcept {
  void* memory = nullptr;
  if (posix_memalign(&memory, alignof(MemoryBlock), capacity + sizeof(MemoryBlock)) != 0) return nullptr;
  auto* block = new (memory) MemoryBlock;
  block->capacity = capacity;
  return block;
}

}  // namespace

BlockCache::~BlockCache() {
  clear();
}

std::size_t BlockCache::capacity_of(std::size_t size) {
  constexpr std::size_t alignment = alignof(MemoryBlock);
  if (size > SIZE_MAX / 2) return size;
  const std::size_t step = size < smallest_kept ? alignment : std::bit_floor(size) / 8;
  return (size + step - 1) / step * step;
}

std::size_t BlockCache::bin_of(std::size_t capacity) {
  const auto power = static_cast<std::size_t>(std::bit_width(capacity)) - 1;
  const std::size_t eighth = (capacity >> (power - 3)) & 7;
  return std::min((power - 16) * 8 + eighth, bins - 1);
}

MemoryBlock* BlockCache::take(std::size_t size) {
  const std::size_t capacity = capacity_of(size);
  MemoryBlock* block = nullptr;
  if (size <= SIZE_MAX / 2) {
    if (capacity >= smallest_kept) block = find(capacity);
    if (block == nullptr) block = allocate(capacity);
    if (block == nullptr) {
      clear();
      block = allocate(capacity);
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

MemoryBlock* BlockCache::find(std::size_t capacity) {
  const std::lock_guard lock(mutex_);
  const std::size_t first = bin_of(capacity);
  for (std::size_t bin = first; bin < std::min(first + bins_searched, bins); ++bin) {
    MemoryBlock* block = top_[bin];
    if (block == nullptr || block->capacity < capacity) continue;
    unlink(block);
    ASAN_UNPOISON_MEMORY_REGION(block->data(), block->capacity);
    return block;
  }
  return nullptr;
}

void BlockCache::release(MemoryBlock* block) noexcept {
  if (block->capacity < smallest_kept || block->capacity > limit_) {
    std::free(block);
    return;
  }
  const std::lock_guard lock(mutex_);
  trim(limit_ - block->capacity);
  MemoryBlock*& top = top_[bin_of(block->capacity)];
  block->below = top;
  block->above = nullptr;
  if (top != nullptr) top->above = block;
  top = block;
  block->older = newest_;
  block->newer = nullptr;
  (newest_ != nullptr ? newest_->newer : oldest_) = block;
  newest_ = block;
  kept_ += block->capacity;
  ASAN_POISON_MEMORY_REGION(block->data(), block->capacity);
}

void BlockCache::unlink(MemoryBlock* block) noexcept {
  (block->above != nullptr ? block->above->below : top_[bin_of(block->capacity)]) = block->below;
  if (block->below != nullptr) block->below->above = block->above;
  (block->newer != nullptr ? block->newer->older : newest_) = block->older;
  (block->older != nullptr ? block->older->newer : oldest_) = block->newer;
  kept_ -= block->capacity;
}

void BlockCache::trim(std::size_t limit) noexcept {
  while (kept_ > limit) {
    MemoryBlock* block = oldest_;
    unlink(block);
    ASAN_UNPOISON_MEMORY_REGION(block->data(), block->capacity);
    std::free(block);
  }
}

std::size_t BlockCache::kept_bytes() const {
  const std::lock_guard lock(mutex_);
  return kept_;
}

void BlockCache::clear() noexcept {
  const std::lock_guard lock(mutex_);
  trim(0);
}

}  // namespace halfwave
