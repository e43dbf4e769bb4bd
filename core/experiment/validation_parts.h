#pragma once

#include "core/experiment/experiment_io.h"

#include <string>
#include <vector>

namespace halfwave {

using Problems = std::vector<FieldProblem>;

/// `precision.edits[3]`
std::string at_index(const std::string& path, std::size_t i);
/// A number as a person writes it: 0.1, 1e-05, 32.
std::string text_of(double value);
std::string text_of(int value);
/// `1 phase`, `2 phases`.
std::string plural(std::size_t count, const std::string& word);
/// True if something at this path, or inside it, was already found wrong.
bool wrong_at(const Problems& out, const std::string& path);

/// What generated samples need: counts, grids, and the parameters that their source takes.
void check_generated(const DatasetSpec& dataset, Problems& out);
/// Whether the operator's modes, 1 to 3 of them, fit the grids that are generated.
void check_modes(const Experiment& experiment, Problems& out);
/// Policies, schedule and edits.
void check_precision(const Experiment& experiment, Problems& out);

}  // namespace halfwave
