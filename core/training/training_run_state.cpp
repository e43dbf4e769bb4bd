// What a run puts into a checkpoint and takes from one.

#include "core/experiment/experiment_io.h"
#include "core/training/training_run.h"

#include <ATen/ATen.h>

namespace halfwave {
namespace {

at::Generator torch_generator() {
  return at::globalContext().defaultGenerator(at::kCPU);
}

}  // namespace

void TrainingRun::restore(const Checkpoint& c) {
  const Experiment before = experiment_from_json(c.experiment, "checkpoint");
  position_ = c.position;
  // An edit of the policy outlives an interruption, unless the run is resumed to have another policy.
  if (continues(c, before)) {
    phase_ = c.phase;
    apply_policy(c.policy, false,
                 position_.epoch < experiment_.training.epochs &&
                     !(c.policy == policy_at(experiment_, position_.epoch)));
    learner_->scaler().restore(c.scaler);
    next_edit_ = std::min(c.edits_applied, experiment_.precision.edits.size());
  } else {
    next_edit_ = first_edit_in_force();
  }
  if (phase_ == no_phase) apply_policy(c.policy, false, false);  // weights come back in the types they had
  learner_->optimizer().restore(c.weights, c.optimizer, c.optimizer_steps);
  shuffle_.restore(c.shuffle_state);
  epoch_loss_ = c.epoch_loss;
  epoch_norms_ = c.epoch_norms;
  epoch_begin_ = c.total_seconds - c.epoch_seconds;
  result_.metrics = c.metrics;
  const std::lock_guard lock(torch_generator().mutex());
  torch_generator().set_state(c.torch_generator);
}

Checkpoint TrainingRun::checkpoint() const {
  Checkpoint c;
  c.position = position_;
  c.experiment = to_json(experiment_);
  c.train_samples = data_.train.samples();
  c.in_channels = channels_.in;
  c.out_channels = channels_.out;
  c.phase = phase_;
  c.policy = learner_->policy();
  c.edits_applied = next_edit_;
  c.scaler = learner_->scaler().state();
  c.optimizer_steps = learner_->optimizer().steps();
  c.shuffle_state = in_epoch_ ? epoch_shuffle_state_ : shuffle_.state();
  c.epoch_loss = epoch_loss_;
  c.epoch_norms = epoch_norms_;
  c.total_seconds = stopwatch_.seconds();
  c.epoch_seconds = c.total_seconds - epoch_begin_;
  c.metrics = result_.metrics;
  c.weights = learner_->optimizer().weights();
  c.optimizer = learner_->optimizer().state();
  c.normalizers = normalizer_state(learner_->normalizers());
  const std::lock_guard lock(torch_generator().mutex());
  c.torch_generator = torch_generator().get_state();
  return c;
}

}  // namespace halfwave
