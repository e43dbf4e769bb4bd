#pragma once

#include "core/precision/format.h"

#include <cstdint>

namespace halfwave {

// Conversions of values that lie one after another, by the best instructions that this processor has. They
// give what RoundToFormat gives. A NaN stays a NaN of the same sign, its payload may change. One thread.

/// From the 16-bit values of `format`, which is fp16 or bf16. Exact.
void widen_span(const void* from, float* to, std::int64_t count, Format format);

/// To the 16-bit values of `format`, fp16 or bf16.
void narrow_span(const float* from, void* to, std::int64_t count, Format format);

/// Rounds to any format that is no wider than fp32. `from` and `to` may be the same, but not overlap
/// otherwise.
void round_span(const float* from, float* to, std::int64_t count, Format format);

}  // namespace halfwave
