#include "core/training/learner.h"

#include "core/device/memory_meter.h"
#include "core/precision/range_statistics.h"
#include "core/precision/working_type.h"
#include "core/training/diagnosis.h"
#include "core/training/range_sampler.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>

namespace halfwave {
namespace {

/// Values that a usual look takes from each result of a stage: see docs/benchmarks/range.md for the cost.
constexpr std::int64_t values_a_result = 8192;

/// Watches an operator as long as it lives; nullptr watches nothing.
struct Watch {
  Watch(Operator& watched, StageProbe* probe) : op(watched) { op.set_probe(probe); }
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
  steps_to_look_ = 0;
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
  std::optional<RangeSampler> sampler;
  if (look_is_due()) sampler.emplace(op_->policy(), values_a_result);
  const Watch watch(*op_, sampler ? &*sampler : nullptr);
  if (sampler) sampler->look_at(op_->parameters());
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
  if (sampler) outcome.ranges = sampler->take();
  return outcome;
}

bool Learner::look_is_due() {
  const int every = experiment_.precision.range_every;
  if (every <= 0 || --steps_to_look_ > 0) return false;
  steps_to_look_ = every;
  return true;
}

void Learner::repeat(const Batch& batch, bool backward, StageProbe& probe) {
  const Watch watch(*op_, &probe);
  const at::Tensor loss = loss_of(batch);
  if (backward) loss.backward(at::full_like(loss, scaler_.scale()));
}

// In fp32, and with sums in fp32, the same stage shows what its results would have been.
std::optional<RangeHistogram> Learner::range_in_fp32(const Batch& batch, const StageRange& fault) try {
  struct Restore {
    Operator& op;
    Policy policy;
    ~Restore() { op.set_policy(policy); }
  };
  const Restore restore{*op_, op_->policy()};
  Policy wide = restore.policy;
  for (LayerPolicy& row : wide.layers) {
    row.accumulation = Accumulation::fp32;
    for (const Stage stage : all_stages)
      if (stage != Stage::weights && row[stage] != Format::fp64) row[stage] = Format::fp32;
  }
  op_->set_policy(wide);
  RangeSampler sampler(wide, every_value);
  repeat(batch, fault.backward, sampler);
  if (fault.backward) sampler.look_at_gradients(op_->parameters());
  optimizer_.release_gradients();
  for (const StageRange& range : sampler.stages())
    if (range.layer == fault.layer && range.stage == fault.stage && range.backward == fault.backward)
      return range.histogram;
  return std::nullopt;
} catch (const std::exception&) {
  // Perhaps there is no room for it; the failure is told without it.
  optimizer_.release_gradients();
  return std::nullopt;
}

Learner::Diagnosis Learner::diagnose(const at::Tensor& indices, bool backward, int epoch, std::int64_t step) {
  const MemoryScope scope(MemoryCategory::scratch);
  Diagnosis result;
  result.where = {"", "", backward, epoch, step};
  result.range.epoch = epoch;
  result.range.step = step;
  const Batch data = batch(indices);
  if (!data.x.isfinite().all().item<bool>() || !data.y.isfinite().all().item<bool>()) {
    result.where.layer = "data";
    result.message = describe(result.where);
    return result;
  }
  FaultFinder finder(op_->policy());
  finder.look_at(op_->parameters());
  if (!finder.fault()) repeat(data, backward, finder);
  if (backward && !finder.fault()) finder.look_at_gradients(op_->parameters());
  optimizer_.release_gradients();
  if (!finder.fault()) {
    result.where.layer = backward ? "gradients" : "loss";
    result.range.stages = finder.take();
    result.message = describe(result.where);
    return result;
  }
  const StageRange fault = *finder.fault();
  result.range.fault = true;
  result.range.stages = finder.take();
  result.where.layer = layer_names(static_cast<int>(op_->layer_count()) - 2).at(fault.layer);
  result.where.stage = name(fault.stage);
  result.where.backward = fault.backward;
  Fault facts;
  facts.range = fault;
  facts.row = op_->policy().layers.at(fault.layer);
  facts.engine = experiment_.op.engine;
  facts.loss_scale = scaler_.scale();
  facts.dynamic_loss_scaling = experiment_.precision.loss_scaling == "dynamic";
  for (std::int64_t axis = 2; axis < data.x.dim(); ++axis) facts.points *= data.x.size(axis);
  if (has_narrow_range(fault.format) && fault.stage != Stage::weights)
    facts.in_fp32 = range_in_fp32(data, fault);
  result.message = describe(result.where, facts);
  return result;
}

}  // namespace halfwave
