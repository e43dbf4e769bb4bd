#pragma once

#include "core/data/dataset.h"
#include "core/experiment/experiment.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace halfwave::datasets {

/// The parameters that a spec's source takes and their values as text that gives the numbers back exactly;
/// what has its default and no number is left out.
std::vector<std::pair<std::string, std::string>> parameters_of(const DatasetSpec& spec);

/// Fills in names, units and provenance of a generated set. Zeros stand for usual values no more.
void describe(Dataset& dataset, const DatasetSpec& spec, std::uint32_t stream);

}  // namespace halfwave::datasets
