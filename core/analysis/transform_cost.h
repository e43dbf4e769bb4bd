#pragma once

#include "core/analysis/work.h"
#include "core/precision/stage_math.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace halfwave {

/// FLOPs and bytes of one of an engine's transforms on the CPU, without its stabilizer: fields of `channels`
/// channels, `batch` of them. A transform, its inverse and their adjoints cost the same. In which arithmetic
/// it is done says whether `dft` has the use of the symmetry of cosines and sines (see folded_pass.h).
Work transform_work(std::string_view engine, const std::vector<std::int64_t>& grid,
                    const std::vector<int>& modes, std::int64_t batch, std::int64_t channels,
                    Arithmetic arithmetic = {});

}  // namespace halfwave
