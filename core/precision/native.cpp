#include "core/precision/native.h"

#include "core/precision/instruction_set.h"

#include <atomic>

namespace halfwave {
namespace {

std::atomic<bool> emulate_all{false};

}  // namespace

bool cpu_computes(Format format) {
  switch (format) {
    case Format::fp64:
    case Format::fp32:
      return true;
    case Format::bf16:
      return !emulate_all.load(std::memory_order_relaxed) && instruction_set() == InstructionSet::avx512_bf16;
    default:
      return false;
  }
}

void force_emulation(bool on) {
  emulate_all.store(on, std::memory_order_relaxed);
}

}  // namespace halfwave
