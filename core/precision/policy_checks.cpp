#include "core/precision/policy_checks.h"

namespace halfwave {
namespace {

struct Count {
  std::size_t cells = 0;
  std::size_t doubles = 0;
};

Count count_fp64(const Policy& policy) {
  Count count;
  for (std::size_t layer = 0; layer < policy.layers.size(); ++layer)
    for (const Stage stage : all_stages) {
      if (!has_stage(layer, policy.layers.size(), stage)) continue;
      ++count.cells;
      if (policy.layers[layer][stage] == Format::fp64) ++count.doubles;
    }
  return count;
}

}  // namespace

bool is_fp64(const Policy& policy) {
  const Count count = count_fp64(policy);
  return count.cells > 0 && count.doubles == count.cells;
}

std::string fp64_problem(const Policy& policy) {
  const Count count = count_fp64(policy);
  if (count.doubles == 0 || count.doubles == count.cells) return {};
  return "fp64 is in " + std::to_string(count.doubles) + " of " + std::to_string(count.cells) +
         " cells; it must be in all stages of all layers or in none";
}

std::string policy_problem(const Policy& policy, int blocks) {
  const auto rows = static_cast<std::size_t>(blocks) + 2;
  if (policy.layers.size() != rows)
    return "the policy has " + std::to_string(policy.layers.size()) + " layers, but the operator has " +
           std::to_string(rows) + " (lifting, " + std::to_string(blocks) +
           (blocks == 1 ? " block" : " blocks") + ", projection); one row for each would be right";
  const std::vector<std::string> names = layer_names(blocks);
  for (std::size_t i = 0; i < rows; ++i)
    for (const Stage stage : all_stages) {
      if (!has_stage(i, rows, stage)) continue;
      const std::string problem = format_problem(stage, policy.layers[i][stage]);
      if (!problem.empty()) return names[i] + " " + std::string(name(stage)) + " " + problem;
    }
  return fp64_problem(policy);
}

}  // namespace halfwave
