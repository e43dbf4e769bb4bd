#include "core/error.h"
#include "core/precision/policy.h"

#include <algorithm>

namespace halfwave {
namespace {

std::string written(const PolicyOverride& o) {
  return "override " + o.layer + " " + o.stage + " = " + o.value;
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
  for (auto stage : all_stages) text += std::string(name(stage)) + ", ";
  return text + "stabilizer, accumulation, gradients and *";
}

void apply_stabilizer(Policy& policy, const PolicyOverride& o, const std::vector<std::size_t>& rows) {
  LayerPolicy probe;
  if (!set_stabilizer(probe, o.value))
    throw RequestError("\"" + o.value + "\" is not a stabilizer (" + written(o) +
                       "); the stabilizers are none, tanh, hard-clip, sigma-clip and fixed-scale, the last "
                       "three with a level above 0 if wanted, as in hard-clip:3");
  bool applied = false;
  for (auto row : rows) {
    if (!is_block(row, policy.layers.size())) continue;
    set_stabilizer(policy.layers[row], o.value);
    applied = true;
  }
  if (!applied)
    throw RequestError("layer " + o.layer + " has no stabilizer (" + written(o) +
                       "); only blocks have one, for instance block.*");
}

void apply_accumulation(Policy& policy, const PolicyOverride& o, const std::vector<std::size_t>& rows) {
  const bool strict = o.value == name(Accumulation::strict);
  if (!strict && o.value != name(Accumulation::fp32))
    throw RequestError("\"" + o.value + "\" is not a way to accumulate (" + written(o) +
                       "); use fp32 or strict");
  for (auto row : rows) policy.layers[row].accumulation = strict ? Accumulation::strict : Accumulation::fp32;
}

void apply_gradients(Policy& policy, const PolicyOverride& o, const std::vector<std::size_t>& rows) {
  if (o.value != "stage" && o.value != "fp32")
    throw RequestError("\"" + o.value + "\" is no choice for gradients (" + written(o) +
                       "); use stage, for each stage's own format, or fp32");
  for (auto row : rows) policy.layers[row].fp32_gradients = o.value == "fp32";
}

void apply_format(Policy& policy, const PolicyOverride& o, const std::vector<std::size_t>& rows) {
  const auto stage = stage_from_name(o.stage);
  if (!stage && o.stage != "*")
    throw RequestError("there is no stage \"" + o.stage + "\" (" + written(o) + "); the stages are " +
                       list_of_stages());
  const auto format = format_from_name(o.value);
  if (!format) {
    std::string known;
    for (auto f : all_formats) known += (known.empty() ? "" : ", ") + std::string(name(f));
    throw RequestError("\"" + o.value + "\" is not a format (" + written(o) + "); the formats are " + known);
  }
  if (stage)
    if (const auto problem = format_problem(*stage, *format); !problem.empty())
      throw RequestError(o.stage + " " + problem + " (" + written(o) + ")");
  bool applied = false;
  for (auto row : rows)
    for (auto s : all_stages) {
      if ((stage && s != *stage) || !has_stage(row, policy.layers.size(), s)) continue;
      // `*` speaks of the stages that can have the format.
      if (!format_problem(s, *format).empty()) continue;
      policy.layers[row][s] = *format;
      applied = true;
    }
  if (!applied)
    throw RequestError("layer " + o.layer + " has no stage " + o.stage + " (" + written(o) +
                       "); lifting and projection have pointwise, saved_activations and weights");
}

std::vector<PolicyOverride> differences(const std::string& layer, const LayerPolicy& is,
                                        const LayerPolicy& was, bool block) {
  std::vector<PolicyOverride> overrides;
  for (auto stage : all_stages) {
    const bool exists = block || stage == Stage::pointwise || is_stored(stage);
    if (exists && is[stage] != was[stage])
      overrides.push_back({layer, std::string(name(stage)), std::string(name(is[stage]))});
  }
  if (block && stabilizer_text(is) != stabilizer_text(was))
    overrides.push_back({layer, "stabilizer", stabilizer_text(is)});
  if (is.accumulation != was.accumulation)
    overrides.push_back({layer, "accumulation", std::string(name(is.accumulation))});
  if (is.fp32_gradients != was.fp32_gradients)
    overrides.push_back({layer, "gradients", is.fp32_gradients ? "fp32" : "stage"});
  return overrides;
}

}  // namespace

void apply_overrides(Policy& policy, const std::vector<PolicyOverride>& overrides) {
  Policy changed = policy;
  for (const auto& o : overrides) {
    const auto rows = matching_layers(o.layer, changed.layers.size());
    if (rows.empty())
      throw RequestError("there is no layer \"" + o.layer + "\" (" + written(o) + "); the layers are " +
                         list_of_layers(changed.layers.size()) + ", block.* for all blocks, * for all");
    if (o.stage == "stabilizer")
      apply_stabilizer(changed, o, rows);
    else if (o.stage == "accumulation")
      apply_accumulation(changed, o, rows);
    else if (o.stage == "gradients")
      apply_gradients(changed, o, rows);
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
    auto row = differences(names[i], policy.layers[i], base.layers[i], is_block(i, policy.layers.size()));
    overrides.insert(overrides.end(), row.begin(), row.end());
  }
  return overrides;
}

}  // namespace halfwave
