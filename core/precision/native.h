#pragma once

#include "core/precision/format.h"

namespace halfwave {

/// True if this machine's CPU multiplies in the format itself (products accumulated in fp32), so that
/// LibTorch's own kernels are used; otherwise the arithmetic is fp32 with the format's roundings.
bool cpu_computes(Format format);

/// Makes `cpu_computes` say no for bf16 (for tests of the emulation and for comparing both paths).
void force_emulation(bool on);

}  // namespace halfwave
