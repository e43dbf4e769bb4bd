#pragma once

#include "core/experiment/experiment.h"

#include <string>
#include <vector>

namespace halfwave {

/// Paths of the fields whose values differ, in the order of the schema.
std::vector<std::string> differing_fields(const Experiment& a, const Experiment& b);

/// The assignments that, given to `set_field` in turn, make `from` into `to`: `operator.width=64`. A text is
/// written bare where it can be.
std::vector<std::string> assignments_between(const Experiment& from, const Experiment& to);

}  // namespace halfwave
