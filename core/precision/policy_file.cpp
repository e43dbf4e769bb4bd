#include "core/precision/policy_file.h"

#include "core/error.h"
#include "core/files/atomic_file.h"
#include "core/files/json_text.h"
#include "core/precision/policy_checks.h"
#include "core/precision/policy_json.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace halfwave {
namespace {

constexpr const char* kind = "policy";

/// Cells that all blocks share become one override of `block.*`.
std::vector<PolicyOverride> gathered(const std::vector<PolicyOverride>& cells, int blocks) {
  std::vector<PolicyOverride> result;
  const auto is_block = [](const PolicyOverride& o) { return o.layer.starts_with("block."); };
  for (const PolicyOverride& cell : cells) {
    const auto same = [&](const PolicyOverride& o) {
      return is_block(o) && o.stage == cell.stage && o.value == cell.value;
    };
    if (!is_block(cell) || std::count_if(cells.begin(), cells.end(), same) < std::max(blocks, 2))
      result.push_back(cell);
    else if (cell.layer == "block.0")
      result.push_back({"block.*", cell.stage, cell.value});
  }
  return result;
}

}  // namespace

void save_policy(const Policy& policy, const std::filesystem::path& file) {
  nlohmann::ordered_json document{{"halfwave", kind}};
  document.update(policy_to_json(policy));
  replace_file(file, document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n",
               /*durable=*/true);
}

Policy load_policy(const std::filesystem::path& file, int blocks) {
  const nlohmann::json document = parse_json(read_file(file), file.string());
  const auto what = document.is_object() ? document.find("halfwave") : document.end();
  if (!document.is_object() || what == document.end() || *what != kind)
    throw RequestError(
        file.string() +
        " is no policy table; a file that begins with {\"halfwave\": \"policy\" would be right");
  Policy policy;
  try {
    policy = policy_from_json(document);
  } catch (const RequestError& error) {
    throw RequestError(file.string() + ": " + error.what());
  }
  if (const std::string problem = policy_problem(policy, blocks); !problem.empty())
    throw RequestError(file.string() + ": " + problem);
  return policy;
}

Policy policy_named(const std::string& preset_or_file, int blocks, Format half) {
  const std::vector<std::string>& presets = policy_preset_names();
  if (std::find(presets.begin(), presets.end(), preset_or_file) != presets.end())
    return make_policy(preset_or_file, blocks, half);
  std::error_code error;
  if (std::filesystem::exists(preset_or_file, error)) return load_policy(preset_or_file, blocks);
  std::string known;
  for (const std::string& preset : presets) known += (known.empty() ? "" : ", ") + preset;
  throw RequestError("\"" + preset_or_file + "\" is neither a policy (" + known +
                     ") nor the file of a policy table");
}

PolicyDescription describe_policy(const Policy& policy, Format half) {
  const int blocks = static_cast<int>(policy.layers.size()) - 2;
  std::vector<std::string> presets = policy_preset_names();
  // Among equals, the preset that the table says it is.
  if (const auto own = std::find(presets.begin(), presets.end(), policy.name); own != presets.end())
    std::rotate(presets.begin(), own, own + 1);
  PolicyDescription best;
  for (const std::string& preset : presets) {
    const std::vector<PolicyOverride> overrides = gathered(overrides_from(policy, preset, half), blocks);
    if (!best.preset.empty() && overrides.size() >= best.overrides.size()) continue;
    best = {preset, overrides};
  }
  return best;
}

}  // namespace halfwave
