#include "core/experiment/experiment.h"

namespace halfwave {
namespace {

Policy table_of(const Experiment& experiment, const std::string& preset,
                const std::vector<PolicyOverride>& overrides) {
  Policy policy = make_policy(preset, experiment.op.layers, half_format(experiment.precision));
  apply_overrides(policy, overrides);
  return policy;
}

}  // namespace

Format half_format(const PrecisionSpec& precision) {
  return format_from_name(precision.half).value_or(Format::fp16);
}

Policy policy_of(const Experiment& experiment, const PolicyEdit& edit) {
  return table_of(experiment, edit.preset, edit.overrides);
}

Policy policy_at(const Experiment& experiment, int epoch) {
  const PrecisionSpec& precision = experiment.precision;
  if (precision.schedule.empty()) return table_of(experiment, precision.policy, precision.overrides);
  const auto& phase = precision.schedule[phase_at(precision.schedule, epoch, experiment.training.epochs)];
  return table_of(experiment, phase.preset, phase.overrides);
}

}  // namespace halfwave
