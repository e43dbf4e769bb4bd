#pragma once

#include "core/training/comparison.h"

#include <string>
#include <vector>

namespace halfwave::cli {

enum class TableStyle { aligned, markdown };

/// The comparison as one table, a row a variant: mean ± sample deviation of the relative errors on each test
/// set with the difference to the first variant, time of a step, peak memory, and how many runs failed. Below
/// it, why those did.
std::string comparison_table(const ComparisonSpec& spec, const std::vector<ComparedRun>& runs,
                             TableStyle style);

}  // namespace halfwave::cli
