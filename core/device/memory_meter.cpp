#include "core/device/memory_meter.h"

#include "core/device/block_cache.h"
#include "core/device/machine.h"

#include <ATen/core/Tensor.h>
#include <c10/core/CPUAllocator.h>

#include <algorithm>
#include <mutex>

namespace halfwave {
namespace {

thread_local MemoryCategory current_category = MemoryCategory::other;

constexpr std::size_t index(MemoryCategory category) {
  return static_cast<std::size_t>(category);
}

// One lock for all figures: without contention it costs what two atomic additions would, and the split of
// the peak is exact whichever threads allocate.
class Ledger {
 public:
  void add(MemoryBlock& block, MemoryCategory category) {
    const std::lock_guard lock(mutex_);
    block.category = category;
    change(category, static_cast<std::int64_t>(block.size));
    note_peak();
  }

  void remove(const MemoryBlock& block) {
    const std::lock_guard lock(mutex_);
    change(block.category, -static_cast<std::int64_t>(block.size));
  }

  void move(MemoryBlock& block, MemoryCategory category) {
    const std::lock_guard lock(mutex_);
    change(block.category, -static_cast<std::int64_t>(block.size));
    change(category, static_cast<std::int64_t>(block.size));
    block.category = category;
    note_peak();
  }

  MemoryReport report() const {
    const std::lock_guard lock(mutex_);
    return report_;
  }

  void reset_peak() {
    const std::lock_guard lock(mutex_);
    report_.peak = report_.live;
    report_.peak_total = total_;
  }

 private:
  void change(MemoryCategory category, std::int64_t bytes) {
    report_.live[index(category)] += bytes;
    if (category != MemoryCategory::other) total_ += bytes;
  }

  void note_peak() {
    if (total_ <= report_.peak_total) return;
    report_.peak = report_.live;
    report_.peak_total = total_;
  }

  mutable std::mutex mutex_;
  MemoryReport report_;
  std::int64_t total_ = 0;
};

// Never destroyed: tensors of static lifetime are released after main().
struct Meter {
  Ledger ledger;
  BlockCache cache{static_cast<std::size_t>(std::min(main_memory_bytes() / 4, std::int64_t{4} << 30))};
};

Meter& meter() {
  static Meter* const instance = new Meter;
  return *instance;
}

void delete_block(void* data) {
  if (data == nullptr) return;
  MemoryBlock* block = MemoryBlock::of(data);
  meter().ledger.remove(*block);
  meter().cache.release(block);
}

class MeteredAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(std::size_t size) override {
    if (size == 0) return {nullptr, nullptr, &delete_block, c10::Device(c10::DeviceType::CPU)};
    MemoryBlock* block = meter().cache.take(size);
    meter().ledger.add(*block, current_category);
    return {block->data(), block->data(), &delete_block, c10::Device(c10::DeviceType::CPU)};
  }

  c10::DeleterFnPtr raw_deleter() const override { return &delete_block; }

  void copy_data(void* to, const void* from, std::size_t count) const override {
    default_copy_data(to, from, count);
  }
};

}  // namespace

void install_memory_meter() {
  static std::once_flag once;
  std::call_once(once, [] { c10::SetCPUAllocator(new MeteredAllocator, 255); });
}

MemoryScope::MemoryScope(MemoryCategory category) : previous_(current_category) {
  current_category = category;
}
MemoryScope::~MemoryScope() {
  current_category = previous_;
}

void recategorize(const at::Tensor& tensor, MemoryCategory category) {
  if (!tensor.defined() || !tensor.has_storage()) return;
  const c10::DataPtr& data = tensor.storage().data_ptr();
  if (data.get() == nullptr || data.get_deleter() != &delete_block) return;
  meter().ledger.move(*MemoryBlock::of(data.get_context()), category);
}

MemoryReport memory_report() {
  return meter().ledger.report();
}
void reset_memory_peak() {
  meter().ledger.reset_peak();
}

}  // namespace halfwave
