#include "core/precision/policy.h"

#include "core/error.h"

#include <algorithm>

namespace halfwave {
namespace {

constexpr std::array<std::string_view, stage_count> stage_names = {
    "forward_transform", "contraction", "inverse_transform", "pointwise", "saved_activations", "weights"};

constexpr std::array transform_stages = {Stage::forward_transform, Stage::contraction,
                                         Stage::inverse_transform};

/// A shipped policy in the words of its table.
struct Preset {
  std::string_view name;
  std::string_view help;
  bool spectral_16_bit;
  bool pointwise_16_bit;
  Stabilizer stabilizer;
};

constexpr std::array presets = {
    Preset{"full", "Every stage in fp32: the reference that the others are compared with.", false, false,
           Stabilizer::none},
    Preset{"amp",
           "Automatic mixed precision as frameworks do it: pointwise stages in 16 bits, spectral stages and "
           "weights in fp32.",
           false, true, Stabilizer::none},
    Preset{"mixed",
           "The paper's policy: every stage but the weights in fp16, with tanh before the forward transform.",
           true, true, Stabilizer::tanh},
    Preset{"naive", "Like mixed but without a stabilizer: overflows as soon as a mode exceeds fp16's range.",
           true, true, Stabilizer::none},
    Preset{"bf16", "Like naive but in bf16, which has fp32's range and three bits less precision than fp16.",
           true, true, Stabilizer::none},
};

const Preset& find_preset(std::string_view name) {
  for (const auto& preset : presets)
    if (preset.name == name) return preset;
  std::string known;
  for (const auto& preset : presets) {
    if (!known.empty()) known += ", ";
    known += preset.name;
  }
  throw RequestError("there is no policy \"" + std::string(name) + "\"; the policies are " + known);
}

bool is_block(std::size_t layer, std::size_t layer_count) {
  return layer > 0 && layer + 1 < layer_count;
}

std::string written(const PolicyOverride& o) {
  return o.layer + " " + o.stage + " = " + o.value;
}

std::string list_of_layers(std::size_t layer_count) {
  if (layer_count < 3) return "lifting and projection";
  const std::size_t last = layer_count - 3;
  return "lifting, block.0" + (last > 0 ? " to block." + std::to_string(last) : std::string()) +
         " and projection";
}

/// The rows an override speaks of; empty when there is no such row.
std::vector<std::size_t> matching_layers(const std::string& pattern, std::size_t layer_count) {
  std::vector<std::size_t> rows;
  const auto names = layer_names(static_cast<int>(layer_count) - 2);
  for (std::size_t i = 0; i < layer_count; ++i)
    if (pattern == "*" || pattern == names[i] || (pattern == "block.*" && is_block(i, layer_count)))
      rows.push_back(i);
  return rows;
}

std::string list_of_stages() {
  std::string text;
  for (auto stage : stage_names) text += std::string(stage) + ", ";
  return text + "stabilizer and *";
}

void apply_stabilizer(Policy& policy, const PolicyOverride& o, const std::vector<std::size_t>& rows) {
  const auto value = stabilizer_from_name(o.value);
  if (!value)
    throw RequestError("\"" + o.value + "\" is not a stabilizer (override " + written(o) +
                       "); the stabilizers are none and tanh");
  bool applied = false;
  for (auto row : rows) {
    if (!is_block(row, policy.layers.size())) continue;
    policy.layers[row].stabilizer = *value;
    applied = true;
  }
  if (!applied)
    throw RequestError("layer " + o.layer + " has no stabilizer (override " + written(o) +
                       "); only blocks have one, for instance block.*");
}

void apply_format(Policy& policy, const PolicyOverride& o, const std::vector<std::size_t>& rows) {
  const auto stage = stage_from_name(o.stage);
  if (!stage && o.stage != "*")
    throw RequestError("there is no stage \"" + o.stage + "\" (override " + written(o) +
                       "); the stages are " + list_of_stages());
  const auto format = format_from_name(o.value);
  if (!format) {
    std::string known;
    for (auto f : all_formats) known += (known.empty() ? "" : ", ") + std::string(name(f));
    throw RequestError("\"" + o.value + "\" is not a format (override " + written(o) + "); the formats are " +
                       known);
  }
  bool applied = false;
  for (auto row : rows)
    for (auto s : all_stages) {
      if ((stage && s != *stage) || !has_stage(row, policy.layers.size(), s)) continue;
      policy.layers[row][s] = *format;
      applied = true;
    }
  if (!applied)
    throw RequestError("layer " + o.layer + " has no stage " + o.stage + " (override " + written(o) +
                       "); lifting and projection have pointwise, saved_activations and weights");
}

}  // namespace

std::string_view name(Stage stage) {
  return stage_names[static_cast<std::size_t>(stage)];
}

std::optional<Stage> stage_from_name(std::string_view text) {
  for (auto stage : all_stages)
    if (name(stage) == text) return stage;
  return std::nullopt;
}

std::string_view name(Stabilizer stabilizer) {
  return stabilizer == Stabilizer::tanh ? "tanh" : "none";
}

std::optional<Stabilizer> stabilizer_from_name(std::string_view text) {
  for (auto stabilizer : {Stabilizer::none, Stabilizer::tanh})
    if (name(stabilizer) == text) return stabilizer;
  return std::nullopt;
}

std::vector<std::string> layer_names(int blocks) {
  std::vector<std::string> names = {"lifting"};
  for (int i = 0; i < blocks; ++i) names.push_back("block." + std::to_string(i));
  names.emplace_back("projection");
  return names;
}

bool has_stage(std::size_t layer, std::size_t layer_count, Stage stage) {
  return is_block(layer, layer_count) ||
         std::find(transform_stages.begin(), transform_stages.end(), stage) == transform_stages.end();
}

const std::vector<std::string>& policy_preset_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list;
    for (const auto& preset : presets) list.emplace_back(preset.name);
    return list;
  }();
  return names;
}

std::string_view policy_preset_help(std::string_view preset) {
  return find_preset(preset).help;
}

Policy make_policy(std::string_view preset_name, int blocks, Format half) {
  const Preset& preset = find_preset(preset_name);
  const Format format = preset.name == "amp" ? half : preset.name == "bf16" ? Format::bf16 : Format::fp16;
  Policy policy;
  policy.name = preset.name;
  policy.layers.resize(static_cast<std::size_t>(std::max(blocks, 0)) + 2);
  for (std::size_t i = 0; i < policy.layers.size(); ++i) {
    LayerPolicy& layer = policy.layers[i];
    if (preset.pointwise_16_bit) layer[Stage::pointwise] = layer[Stage::saved_activations] = format;
    if (!is_block(i, policy.layers.size())) continue;
    layer.stabilizer = preset.stabilizer;
    if (preset.spectral_16_bit)
      for (auto stage : transform_stages) layer[stage] = format;
  }
  return policy;
}

void apply_overrides(Policy& policy, const std::vector<PolicyOverride>& overrides) {
  Policy changed = policy;
  for (const auto& o : overrides) {
    const auto rows = matching_layers(o.layer, changed.layers.size());
    if (rows.empty())
      throw RequestError("there is no layer \"" + o.layer + "\" (override " + written(o) +
                         "); the layers are " + list_of_layers(changed.layers.size()) +
                         ", block.* for all blocks, * for all");
    if (o.stage == "stabilizer")
      apply_stabilizer(changed, o, rows);
    else
      apply_format(changed, o, rows);
  }
  if (changed.layers != policy.layers) changed.name = "custom";
  policy = std::move(changed);
}

std::vector<PolicyOverride> overrides_from(const Policy& policy, std::string_view preset, Format half) {
  const int blocks = static_cast<int>(policy.layers.size()) - 2;
  if (blocks < 0) throw RequestError("a policy has at least the layers lifting and projection");
  const Policy base = make_policy(preset, blocks, half);
  const auto names = layer_names(blocks);
  std::vector<PolicyOverride> overrides;
  for (std::size_t i = 0; i < policy.layers.size(); ++i) {
    for (auto stage : all_stages) {
      if (!has_stage(i, policy.layers.size(), stage)) continue;
      if (policy.layers[i][stage] != base.layers[i][stage])
        overrides.push_back({names[i], std::string(name(stage)), std::string(name(policy.layers[i][stage]))});
    }
    if (is_block(i, policy.layers.size()) && policy.layers[i].stabilizer != base.layers[i].stabilizer)
      overrides.push_back({names[i], "stabilizer", std::string(name(policy.layers[i].stabilizer))});
  }
  return overrides;
}

}  // namespace halfwave
