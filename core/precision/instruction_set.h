#pragma once

#include <cstdint>

namespace halfwave {

/// Which instructions the kernels use, each set holding those before it:
///   avx2         AVX2, FMA, F16C
///   avx512       AVX-512 F, VL, BW, DQ
///   avx512_bf16  AVX-512 BF16
enum class InstructionSet : std::uint8_t { portable, avx2, avx512, avx512_bf16 };

/// The best that this processor has. The environment variable HALFWAVE_INSTRUCTIONS (portable, avx2, avx512)
/// limits it, so that what an older processor does can be seen and tested on a newer one.
InstructionSet instruction_set();

}  // namespace halfwave
