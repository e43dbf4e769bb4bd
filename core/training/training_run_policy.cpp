// Which policy is in force: the schedule's phases, and edits, recorded ones as well as new ones.

#include "core/error.h"
#include "core/precision/policy_checks.h"
#include "core/precision/policy_file.h"
#include "core/training/training_run.h"

#include <algorithm>

namespace halfwave {
namespace {

std::size_t phase_of(const Experiment& experiment, int epoch) {
  const auto& schedule = experiment.precision.schedule;
  return schedule.empty() ? 0 : phase_at(schedule, epoch, experiment.training.epochs);
}

/// The same precision but for the edits, and for what does not compute.
bool same_plan(PrecisionSpec a, const PrecisionSpec& b) {
  a.edits = b.edits;
  a.range_every = b.range_every;
  return a == b;
}

}  // namespace

void TrainingRun::check_policy(const Policy& policy) const {
  std::string problem = policy_problem(policy, experiment_.op.layers);
  if (problem.empty() && is_fp64(policy) != is_fp64(policy_at(experiment_, 0)))
    problem =
        "fp64 must be in all policies of a run or in none, so it cannot come or go while the run goes on";
  if (!problem.empty()) throw RequestError("The policy cannot be used: " + problem + ".");
}

void TrainingRun::check_edits() const {
  const auto& edits = experiment_.precision.edits;
  const std::int64_t steps = std::int64_t{experiment_.training.epochs} * steps_per_epoch_;
  for (std::size_t i = 0; i < edits.size(); ++i)
    if (edits[i].step >= steps)
      throw FieldError("precision.edits[" + std::to_string(i) + "].step",
                       std::to_string(edits[i].step) + " lies behind the run's last step, " +
                           std::to_string(steps - 1) + " (training.epochs " +
                           std::to_string(experiment_.training.epochs) + ", steps an epoch " +
                           std::to_string(steps_per_epoch_) +
                           ", counted from 0); more epochs, or an earlier step, would be right");
}

bool TrainingRun::continues(const Checkpoint& c, const Experiment& before) const {
  const auto& was = before.precision.edits;
  const auto& now = experiment_.precision.edits;
  const std::size_t applied = std::min(c.edits_applied, was.size());
  return same_plan(before.precision, experiment_.precision) && now.size() >= applied &&
         std::equal(was.begin(), was.begin() + static_cast<std::ptrdiff_t>(applied), now.begin());
}

void TrainingRun::adopt_edits(const Checkpoint& c, const Experiment& before) {
  auto& edits = experiment_.precision.edits;
  if (!edits.empty() || !same_plan(before.precision, experiment_.precision)) return;
  const auto& was = before.precision.edits;
  edits.assign(was.begin(), was.begin() + static_cast<std::ptrdiff_t>(std::min(c.edits_applied, was.size())));
}

std::size_t TrainingRun::first_edit_in_force() const {
  int first_epoch = position_.epoch;
  while (first_epoch > 0 && phase_of(experiment_, first_epoch - 1) == phase_of(experiment_, position_.epoch))
    --first_epoch;
  const std::int64_t phase_begin = std::int64_t{first_epoch} * steps_per_epoch_;
  const auto& edits = experiment_.precision.edits;
  std::size_t index = 0;
  while (index < edits.size() && edits[index].step < position_.step) ++index;
  return index > 0 && edits[index - 1].step >= phase_begin ? index - 1 : index;
}

void TrainingRun::begin_phase() {
  const std::size_t phase = phase_of(experiment_, position_.epoch);
  if (phase == phase_) return;
  phase_ = phase;
  apply_policy(policy_at(experiment_, position_.epoch), true, !experiment_.precision.schedule.empty());
}

void TrainingRun::apply_edits() {
  const auto& edits = experiment_.precision.edits;
  for (; next_edit_ < edits.size() && edits[next_edit_].step <= position_.step; ++next_edit_)
    apply_policy(policy_of(experiment_, edits[next_edit_]), false, true);
}

void TrainingRun::edit_policy(const Policy& policy) {
  const PolicyDescription description = describe_policy(policy, half_format(experiment_.precision));
  PolicyEdit edit{position_.step, description.preset, description.overrides};
  // What is applied is what will be read from the record, so that both are the same.
  const Policy recorded = policy_of(experiment_, edit);
  auto& edits = experiment_.precision.edits;
  edits.insert(edits.begin() + static_cast<std::ptrdiff_t>(next_edit_), std::move(edit));
  ++next_edit_;
  recorder_.experiment(experiment_);
  apply_policy(recorded, false, true);
}

void TrainingRun::apply_policy(const Policy& policy, bool by_schedule, bool announce) {
  learner_->set_policy(policy);
  if (!announce) return;
  const PolicyEvent event{position_.epoch, position_.step, by_schedule, policy};
  recorder_.policy(event);
  observer_.on_policy(event);
}

}  // namespace halfwave
