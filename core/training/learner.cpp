#include "core/training/learner.h"

#include "core/device/memory_meter.h"
#include "core/training/diagnosis.h"
#include "core/training/working_type.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>

namespace halfwave {
namespace {

/// Watches an operator as long as it lives.
struct Watch {
  Watch(Operator& watched, StageProbe& probe) : op(watched) { op.set_probe(&probe); }
  ~Watch() { op.set_probe(nullptr); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  Operator& op;
};

}  // namespace

Learner::Learner(const Experiment& experiment, const Dataset& train, std::unique_ptr<Operator> op,
                 Normalizers normalizers)
    : experiment_(experiment),
      train_(train),
      op_(std::move(op)),
      normalizers_(std::move(normalizers)),
      norm_(norm_from_name(experiment.training.loss)),
      optimizer_(op_->parameters(),
                 optimizer_options(experiment.training.optimizer, experiment.training.weight_decay)),
      scaler_(experiment.precision.loss_scaling, experiment.precision.loss_scale) {}

void Learner::set_policy(const Policy& policy) {
  optimizer_.set_weight_formats(policy);
  op_->set_policy(policy);
  scaler_.set_policy(policy);
}

Learner::Batch Learner::batch(const at::Tensor& indices) const {
  const at::Device device(experiment_.device);
  const at::ScalarType type = working_type(op_->policy());
  return {normalizers_.input.normalize(train_.x.index_select(0, indices).to(device, type)),
          normalizers_.output.normalize(train_.y.index_select(0, indices).to(device, type))};
}

at::Tensor Learner::loss_of(const Batch& batch) {
  return relative_norm(op_->forward(batch.x), batch.y, norm_).sum();
}

StepOutcome Learner::step(const at::Tensor& indices, double learning_rate) {
  const MemoryScope scope(MemoryCategory::scratch);
  reset_memory_peak();
  StepOutcome outcome;
  outcome.norms = indices.numel() * train_.y.size(1);
  outcome.scale = scaler_.scale();
  at::Tensor loss = loss_of(batch(indices));
  outcome.loss_sum = loss.item<double>();
  outcome.loss_finite = std::isfinite(outcome.loss_sum);
  if (!outcome.loss_finite) return outcome;

  loss.backward(at::full_like(loss, outcome.scale));
  loss = at::Tensor();
  for (const Parameter& parameter : op_->parameters())
    if (parameter.value.grad().defined()) recategorize(parameter.value.grad(), MemoryCategory::gradients);

  outcome.gradients_finite = optimizer_.gradients_finite();
  outcome.applied = scaler_.active() ? scaler_.update(outcome.gradients_finite) : outcome.gradients_finite;
  if (outcome.applied) optimizer_.step(learning_rate, 1.0 / outcome.scale);
  outcome.memory = memory_report();
  outcome.memory.live = outcome.memory.peak;
  optimizer_.release_gradients();
  return outcome;
}

Learner::Diagnosis Learner::diagnose(const at::Tensor& indices, bool backward, int epoch, std::int64_t step) {
  const MemoryScope scope(MemoryCategory::scratch);
  Diagnosis result;
  result.where = {"", "", backward, epoch, step};
  NonFiniteProbe probe;
  const Batch data = batch(indices);
  if (!data.x.isfinite().all().item<bool>() || !data.y.isfinite().all().item<bool>()) {
    result.where.layer = "data";
  } else {
    const Watch watch(*op_, probe);
    const at::Tensor loss = loss_of(data);
    if (backward) loss.backward(at::full_like(loss, scaler_.scale()));
  }
  optimizer_.release_gradients();
  if (const auto& finding = probe.finding()) {
    result.where.layer = layer_names(static_cast<int>(op_->layer_count()) - 2).at(finding->layer);
    result.where.stage = name(finding->stage);
    result.where.backward = finding->backward;
  } else if (result.where.layer.empty()) {
    result.where.layer = backward ? "gradients" : "loss";
  }
  result.message = describe(result.where, probe.finding(), experiment_, op_->policy());
  return result;
}

}  // namespace halfwave
