#include "app/lab/policy_text.h"

#include "core/error.h"

#include <QCoreApplication>

#include <algorithm>
#include <charconv>
#include <string_view>

namespace halfwave::lab {
namespace {

constexpr int shown_layers_at_most = 64;

bool is_missing(const PolicyOverride& change, int layers) {
  constexpr std::string_view prefix = "block.";
  const std::string_view layer = change.layer;
  if (layer.substr(0, prefix.size()) != prefix) return false;
  int block = -1;
  const char* const end = layer.data() + layer.size();
  const auto read = std::from_chars(layer.data() + prefix.size(), end, block);
  return read.ec == std::errc() && read.ptr == end && block >= layers;
}

void drop(std::vector<PolicyOverride>& overrides, int layers) {
  std::erase_if(overrides, [layers](const PolicyOverride& change) { return is_missing(change, layers); });
}

}  // namespace

Policy first_policy(const Experiment& experiment) {
  return phase_policy(experiment, 0);
}

Policy phase_policy(const Experiment& experiment, int phase) {
  const PrecisionSpec& spec = experiment.precision;
  const bool has_phase = phase >= 0 && static_cast<std::size_t>(phase) < spec.schedule.size();
  const auto& overrides =
      has_phase ? spec.schedule[static_cast<std::size_t>(phase)].overrides : spec.overrides;
  const std::string wanted = phase_preset(spec, phase);
  const auto& presets = policy_preset_names();
  const bool known = std::find(presets.begin(), presets.end(), wanted) != presets.end();
  const int blocks = std::clamp(experiment.op.layers, 1, shown_layers_at_most);
  Policy policy = make_policy(known ? wanted : "full", blocks, half_format(spec));
  try {
    apply_overrides(policy, overrides);
  } catch (const Error&) {
    // The document's problems say what is wrong.
  }
  return policy;
}

std::string phase_preset(const PrecisionSpec& spec, int phase) {
  const bool has_phase = phase >= 0 && static_cast<std::size_t>(phase) < spec.schedule.size();
  return has_phase ? spec.schedule[static_cast<std::size_t>(phase)].preset : spec.policy;
}

void store_policy(PrecisionSpec& spec, int phase, const Policy& policy, const std::string& base_preset) {
  auto overrides = overrides_from(policy, base_preset, half_format(spec));
  if (phase >= 0 && static_cast<std::size_t>(phase) < spec.schedule.size()) {
    auto& chosen = spec.schedule[static_cast<std::size_t>(phase)];
    chosen.preset = base_preset;
    chosen.overrides = std::move(overrides);
  } else if (spec.schedule.empty()) {
    spec.policy = base_preset;
    spec.overrides = std::move(overrides);
  }
}

void drop_missing_layers(PrecisionSpec& spec, int layers) {
  drop(spec.overrides, layers);
  for (SchedulePhase& phase : spec.schedule) drop(phase.overrides, layers);
  for (PolicyEdit& edit : spec.edits) drop(edit.overrides, layers);
}

QString policy_label(const PrecisionSpec& spec) {
  if (!spec.schedule.empty()) return QCoreApplication::translate("policy", "schedule");
  const QString preset = QString::fromStdString(spec.policy);
  return spec.overrides.empty() ? preset : QCoreApplication::translate("policy", "%1, edited").arg(preset);
}

}  // namespace halfwave::lab
