#include "core/experiment/experiment.h"

namespace halfwave {

Policy policy_at(const Experiment& experiment, int epoch) {
  const PrecisionSpec& precision = experiment.precision;
  const Format half = format_from_name(precision.half).value_or(Format::fp16);
  std::string preset = precision.policy;
  std::vector<PolicyOverride> overrides = precision.overrides;
  if (!precision.schedule.empty()) {
    const auto& phase = precision.schedule[phase_at(precision.schedule, epoch, experiment.training.epochs)];
    preset = phase.preset;
    overrides = phase.overrides;
  }
  Policy policy = make_policy(preset, experiment.op.layers, half);
  apply_overrides(policy, overrides);
  return policy;
}

}  // namespace halfwave
