#include "core/precision/instruction_set.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace halfwave {
namespace {

InstructionSet of_processor() {
#if defined(__x86_64__)
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") || !__builtin_cpu_supports("f16c"))
    return InstructionSet::portable;
  if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512vl") ||
      !__builtin_cpu_supports("avx512bw") || !__builtin_cpu_supports("avx512dq"))
    return InstructionSet::avx2;
  return __builtin_cpu_supports("avx512bf16") ? InstructionSet::avx512_bf16 : InstructionSet::avx512;
#else
  return InstructionSet::portable;
#endif
}

InstructionSet allowed() {
  const char* text = std::getenv("HALFWAVE_INSTRUCTIONS");
  const std::string_view limit = text != nullptr ? text : "";
  if (limit == "portable") return InstructionSet::portable;
  if (limit == "avx2") return InstructionSet::avx2;
  if (limit == "avx512") return InstructionSet::avx512;
  return InstructionSet::avx512_bf16;
}

}  // namespace

InstructionSet instruction_set() {
  static const InstructionSet best = std::min(of_processor(), allowed());
  return best;
}

}  // namespace halfwave
