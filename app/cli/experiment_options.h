#pragma once

#include "core/experiment/experiment.h"

#include <string>
#include <vector>

namespace halfwave::cli {

/// `--set a=1 b=2 EXPERIMENT` gives the experiment to --set; it is the one without an equals sign.
void find_positional(std::string& experiment, std::vector<std::string>& assignments);

/// Applies --set, and --policy between the fields it replaces and those of `precision` that refine it: a
/// preset, `schedule`, or the file of a policy table. Not validated.
void apply_options(Experiment& experiment, const std::vector<std::string>& assignments,
                   const std::string& policy);

/// The words between commas; none may be empty. `option` names the option in the sentence.
std::vector<std::string> split_list(const std::string& option, const std::string& text);

}  // namespace halfwave::cli
