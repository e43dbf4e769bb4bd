#include "widgets/policy_edit.h"

namespace halfwave::widgets {

int differing_cells(const Policy& a, const Policy& b) {
  int count = 0;
  for (std::size_t layer = 0; layer < a.layers.size(); ++layer) {
    for (const auto stage : all_stages)
      if (has_stage(layer, a.layers.size(), stage)) count += a.layers[layer][stage] != b.layers[layer][stage];
    count += a.layers[layer].stabilizer != b.layers[layer].stabilizer;
  }
  return count;
}

void leave_fp64(Policy& policy) {
  for (auto& layer : policy.layers)
    for (auto& format : layer.formats)
      if (format == Format::fp64) format = Format::fp32;
}

}  // namespace halfwave::widgets
