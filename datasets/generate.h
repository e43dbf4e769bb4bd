#pragma once

#include "core/data/dataset.h"
#include "core/experiment/experiment.h"
#include "datasets/progress.h"

#include <cstdint>
#include <string>

namespace halfwave::datasets {

/// Sets drawn from different streams are independent.
inline constexpr std::uint32_t train_stream = 0, test_stream = 1;

/// `samples` samples of `source` at `resolution`, as the spec's parameters say; its files, test sets and
/// normalizers are not looked at. x and y are (samples, channels, axis…) on the grid that `generated_grid`
/// names. Always computed. Throws FieldError whose path is a member of the spec (`resolution`, `viscosity`,
/// …), Cancelled, RunError.
Dataset generate(const DatasetSpec& spec, std::uint32_t stream, const Progress& progress = {});

/// The same, found again in the user's cache folder when it was made before.
Dataset generate_or_find(const DatasetSpec& spec, std::uint32_t stream, const Progress& progress = {});

/// The name of a set in the cache: its source, the generator's version, and every parameter it takes.
std::string cache_name(const DatasetSpec& spec, std::uint32_t stream);

}  // namespace halfwave::datasets
