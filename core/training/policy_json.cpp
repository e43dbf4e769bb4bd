#include "core/training/policy_json.h"

#include "core/error.h"

#include <nlohmann/json.hpp>

namespace halfwave {

nlohmann::json policy_to_json(const Policy& policy) {
  nlohmann::json layers = nlohmann::json::array();
  const std::vector<std::string> names = layer_names(static_cast<int>(policy.layers.size()) - 2);
  for (std::size_t i = 0; i < policy.layers.size(); ++i) {
    nlohmann::json layer{{"layer", names[i]}, {"stabilizer", name(policy.layers[i].stabilizer)}};
    for (const Stage stage : all_stages) layer[std::string(name(stage))] = name(policy.layers[i][stage]);
    layers.push_back(std::move(layer));
  }
  return {{"name", policy.name}, {"layers", std::move(layers)}};
}

Policy policy_from_json(const nlohmann::json& json) try {
  Policy policy;
  policy.name = json.at("name").get<std::string>();
  for (const nlohmann::json& row : json.at("layers")) {
    LayerPolicy& layer = policy.layers.emplace_back();
    const auto stabilizer = stabilizer_from_name(row.at("stabilizer").get<std::string>());
    if (!stabilizer) throw RequestError("A policy table names a stabilizer that is not known.");
    layer.stabilizer = *stabilizer;
    for (const Stage stage : all_stages) {
      const auto format = format_from_name(row.at(std::string(name(stage))).get<std::string>());
      if (!format) throw RequestError("A policy table names a format that is not known.");
      layer[stage] = *format;
    }
  }
  return policy;
} catch (const nlohmann::json::exception&) {
  throw RequestError("A policy table is incomplete or of another version of Halfwave.");
}

}  // namespace halfwave
