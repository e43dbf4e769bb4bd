#pragma once

#include "core/precision/format.h"
#include "core/precision/range_histogram.h"

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <limits>

namespace halfwave {

inline constexpr std::int64_t every_value = std::numeric_limits<std::int64_t>::max();

/// The numeric range of a tensor, seen as values of `format`; fp64, fp32, bf16, fp16 and fp8 tensors of any
/// layout. Looks at no more than about `most_values` values, which are always the same ones and spread
/// evenly: their distance has no factor in common with any axis. Where a value is infinite or NaN, which is
/// found wherever it lies, all values are looked at. Throws RunError for other types.
RangeHistogram measure_range(const at::Tensor& x, Format format, std::int64_t most_values = every_value);

/// Adds what another look has counted; a count that would not fit stays at its largest.
void merge(RangeHistogram& into, const RangeHistogram& other);

}  // namespace halfwave
