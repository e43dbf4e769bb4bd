#include "widgets/policy_edit.h"

#include <algorithm>

namespace halfwave::widgets {
namespace {

int blocks_of(const Policy& policy) {
  return std::max(0, static_cast<int>(policy.layers.size()) - 2);
}

template <typename Change>
Policy changed_rows(Policy policy, const CellChoice& cells, Change change) {
  for (std::size_t row = 0; row < policy.layers.size(); ++row)
    if (cells.has_row(static_cast<int>(row))) change(row, policy.layers[row]);
  return policy;
}

bool has_stabilizer(const Policy& policy, std::size_t row) {
  return has_stage(row, policy.layers.size(), Stage::forward_transform);
}

}  // namespace

int differing_cells(const Policy& a, const Policy& b) {
  int count = 0;
  for (std::size_t i = 0; i < std::min(a.layers.size(), b.layers.size()); ++i) {
    const LayerPolicy &one = a.layers[i], &other = b.layers[i];
    for (const auto stage : all_stages)
      if (has_stage(i, a.layers.size(), stage)) count += one[stage] != other[stage];
    count += one.stabilizer != other.stabilizer || one.level() != other.level();
    count += one.accumulation != other.accumulation;
    count += one.fp32_gradients != other.fp32_gradients;
  }
  return count;
}

void leave_fp64(Policy& policy) {
  for (auto& layer : policy.layers)
    for (auto& format : layer.formats)
      if (format == Format::fp64) format = Format::fp32;
}

Policy with_format(Policy policy, const CellChoice& cells, Format format) {
  if (format != Format::fp64) leave_fp64(policy);
  const std::size_t layers = policy.layers.size();
  return changed_rows(std::move(policy), cells, [&](std::size_t row, LayerPolicy& layer) {
    for (const auto stage : all_stages)
      if (cells.has(static_cast<int>(row), static_cast<int>(stage)) && has_stage(row, layers, stage) &&
          format_problem(stage, format).empty())
        layer[stage] = format;
  });
}

Policy with_stabilizer(Policy policy, const CellChoice& cells, Stabilizer stabilizer, double level) {
  const Policy old = policy;
  return changed_rows(std::move(policy), cells, [&](std::size_t row, LayerPolicy& layer) {
    if (!has_stabilizer(old, row)) return;
    layer.stabilizer = stabilizer;
    layer.stabilizer_level = level == default_level(stabilizer) ? 0.0 : level;
  });
}

Policy with_level(Policy policy, const CellChoice& cells, double level) {
  return changed_rows(std::move(policy), cells, [&](std::size_t, LayerPolicy& layer) {
    const double usual = default_level(layer.stabilizer);
    if (usual > 0.0) layer.stabilizer_level = level == usual ? 0.0 : level;
  });
}

Policy with_accumulation(Policy policy, const CellChoice& cells, Accumulation accumulation) {
  return changed_rows(std::move(policy), cells,
                      [&](std::size_t, LayerPolicy& layer) { layer.accumulation = accumulation; });
}

Policy with_fp32_gradients(Policy policy, const CellChoice& cells, bool fp32) {
  return changed_rows(std::move(policy), cells,
                      [&](std::size_t, LayerPolicy& layer) { layer.fp32_gradients = fp32; });
}

std::string nearest_preset(const Policy& policy, const std::string& preferred, Format half) {
  const auto& names = policy_preset_names();
  const auto distance = [&](const std::string& name) {
    return differing_cells(policy, make_policy(name, blocks_of(policy), half));
  };
  std::string best = names.front();
  if (std::find(names.begin(), names.end(), preferred) != names.end()) best = preferred;
  int fewest = distance(best);
  for (const auto& name : names)
    if (const int cells = distance(name); cells < fewest) fewest = cells, best = name;
  return best;
}

}  // namespace halfwave::widgets
