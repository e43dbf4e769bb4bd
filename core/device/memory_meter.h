#pragma once

#include "core/device/memory_report.h"

namespace at {
class Tensor;
}

namespace halfwave {

/// Puts Halfwave's allocator under LibTorch's CPU tensors: it counts live bytes by category and keeps large
/// freed blocks for reuse. Idempotent and thread-safe; call it before the first tensor is made.
void install_memory_meter();

/// Allocations of this thread are counted under `category` until the scope ends. Scopes nest.
class MemoryScope {
 public:
  explicit MemoryScope(MemoryCategory category);
  ~MemoryScope();
  MemoryScope(const MemoryScope&) = delete;
  MemoryScope& operator=(const MemoryScope&) = delete;

 private:
  MemoryCategory previous_;
};

/// Moves the storage of a tensor to another category (for instance scratch that autograd now keeps).
/// Does nothing for tensors whose memory did not come from the meter.
void recategorize(const at::Tensor& tensor, MemoryCategory category);

MemoryReport memory_report();
/// Forgets the peak: it is what is live now.
void reset_memory_peak();

}  // namespace halfwave
