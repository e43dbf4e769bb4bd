#include "core/device/memory_report.h"

namespace halfwave {

std::string_view name(MemoryCategory category) {
  switch (category) {
    case MemoryCategory::weights:
      return "weights";
    case MemoryCategory::gradients:
      return "gradients";
    case MemoryCategory::optimizer:
      return "optimizer";
    case MemoryCategory::saved_activations:
      return "saved_activations";
    case MemoryCategory::scratch:
      return "scratch";
    case MemoryCategory::other:
      break;
  }
  return "other";
}

}  // namespace halfwave
