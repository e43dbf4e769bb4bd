#include "core/precision/native.h"

#include <atomic>

namespace halfwave {
namespace {

std::atomic<bool> emulate_all{false};

bool has_bf16_instructions() {
#if defined(__x86_64__)
  static const bool has = __builtin_cpu_supports("avx512bf16") > 0;
  return has;
#else
  return false;
#endif
}

}  // namespace

bool cpu_computes(Format format) {
  switch (format) {
    case Format::fp64:
    case Format::fp32:
      return true;
    case Format::bf16:
      return !emulate_all.load(std::memory_order_relaxed) && has_bf16_instructions();
    default:
      return false;
  }
}

void force_emulation(bool on) {
  emulate_all.store(on, std::memory_order_relaxed);
}

}  // namespace halfwave
