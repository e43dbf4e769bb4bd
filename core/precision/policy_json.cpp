#include "core/precision/policy_json.h"

#include "core/error.h"

#include <nlohmann/json.hpp>

namespace halfwave {
namespace {

using Json = nlohmann::json;

/// One row of the table while it is read, with its name for messages.
struct Row {
  const Json& json;
  std::string layer;

  [[noreturn]] void refuse(const std::string& problem) const { throw RequestError(layer + ": " + problem); }

  std::string text(const std::string& key) const {
    const auto entry = json.find(key);
    if (entry == json.end()) refuse("\"" + key + "\" is missing");
    if (!entry->is_string()) refuse(key + " is not a text in quotation marks");
    return entry->get<std::string>();
  }
  std::string text_or(const std::string& key, const std::string& otherwise) const {
    return json.contains(key) ? text(key) : otherwise;
  }
};

LayerPolicy read_layer(const Row& row, std::size_t index, std::size_t count) {
  LayerPolicy layer;
  if (const std::string text = row.text("stabilizer"); !set_stabilizer(layer, text))
    row.refuse(
        "\"" + text +
        "\" is not a stabilizer; the stabilizers are none, tanh, hard-clip, sigma-clip and fixed-scale, "
        "the last three with a level above 0 if wanted, as in hard-clip:3");
  const std::string accumulation = row.text_or("accumulation", "fp32");
  if (accumulation != "fp32" && accumulation != "strict")
    row.refuse("\"" + accumulation + "\" is not a way to accumulate; use fp32 or strict");
  layer.accumulation = accumulation == "strict" ? Accumulation::strict : Accumulation::fp32;
  const std::string gradients = row.text_or("gradients", "stage");
  if (gradients != "fp32" && gradients != "stage")
    row.refuse("\"" + gradients + "\" is no choice for gradients; use stage or fp32");
  layer.fp32_gradients = gradients == "fp32";
  for (const Stage stage : all_stages) {
    if (!has_stage(index, count, stage)) continue;
    const std::string key(name(stage));
    const std::string text = row.text(key);
    const auto format = format_from_name(text);
    if (!format) {
      std::string known;
      for (const Format f : all_formats) known += (known.empty() ? "" : ", ") + std::string(name(f));
      row.refuse(key + ": \"" + text + "\" is not a format; the formats are " + known);
    }
    layer[stage] = *format;
  }
  return layer;
}

}  // namespace

nlohmann::ordered_json policy_to_json(const Policy& policy) {
  auto layers = nlohmann::ordered_json::array();
  const std::size_t count = policy.layers.size();
  const std::vector<std::string> names = layer_names(static_cast<int>(count) - 2);
  for (std::size_t i = 0; i < count; ++i) {
    const LayerPolicy& layer = policy.layers[i];
    nlohmann::ordered_json row{{"layer", names[i]},
                               {"stabilizer", stabilizer_text(layer)},
                               {"accumulation", name(layer.accumulation)},
                               {"gradients", layer.fp32_gradients ? "fp32" : "stage"}};
    for (const Stage stage : all_stages)
      if (has_stage(i, count, stage)) row[std::string(name(stage))] = name(layer[stage]);
    layers.push_back(std::move(row));
  }
  return {{"name", policy.name}, {"layers", std::move(layers)}};
}

Policy policy_from_json(const Json& json) {
  if (!json.is_object() || !json.contains("layers") || !json["layers"].is_array())
    throw RequestError("a policy table has a list \"layers\", and this has none");
  const Json& rows = json["layers"];
  if (rows.size() < 2) throw RequestError("a policy table has at least the layers lifting and projection");
  Policy policy;
  policy.name = "custom";
  if (const auto name = json.find("name"); name != json.end() && name->is_string())
    policy.name = name->get<std::string>();
  const std::vector<std::string> names = layer_names(static_cast<int>(rows.size()) - 2);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!rows[i].is_object()) throw RequestError(names[i] + " is not an object in braces");
    const Row row{rows[i], names[i]};
    if (const std::string layer = row.text_or("layer", names[i]); layer != names[i])
      throw RequestError("row " + std::to_string(i + 1) + " is for the layer \"" + layer + "\", but of " +
                         std::to_string(rows.size()) + " layers this is " + names[i]);
    policy.layers.push_back(read_layer(row, i, rows.size()));
  }
  return policy;
}

}  // namespace halfwave
