#pragma once

#include "core/precision/policy.h"

namespace halfwave::widgets {

/// How many cells of two tables with the same rows are not alike; the name does not count.
int differing_cells(const Policy& a, const Policy& b);

/// fp64 is everywhere or nowhere: the cells that have it fall back to fp32.
void leave_fp64(Policy& policy);

}  // namespace halfwave::widgets
