#include "app/cli/experiment_options.h"

#include "core/error.h"
#include "core/experiment/experiment_io.h"
#include "core/training/comparison.h"

#include <algorithm>

namespace halfwave::cli {

void find_positional(std::string& experiment, std::vector<std::string>& assignments) {
  if (!experiment.empty()) return;
  const auto found = std::find_if(assignments.begin(), assignments.end(), [](const std::string& text) {
    return text.find('=') == std::string::npos;
  });
  if (found == assignments.end()) return;
  experiment = *found;
  assignments.erase(found);
}

void apply_options(Experiment& experiment, const std::vector<std::string>& assignments,
                   const std::string& policy) {
  for (const auto& assignment : assignments) set_field(experiment, assignment);
  if (policy.empty()) return;
  const Variant variant = policy_variants(experiment, {policy}).front();
  for (const auto& assignment : variant.assignments) set_field(experiment, assignment);
  for (const auto& assignment : assignments)
    if (assignment.starts_with("precision.")) set_field(experiment, assignment);
}

std::vector<std::string> split_list(const std::string& option, const std::string& text) {
  std::vector<std::string> words;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    words.push_back(text.substr(begin, end - begin));
    if (words.back().empty())
      throw RequestError(option + ": \"" + text + "\" has an empty entry; write them with commas between");
    begin = end + 1;
  }
  return words;
}

}  // namespace halfwave::cli
