#include "core/training/run_setup.h"

#include "core/device/device.h"
#include "core/device/memory_meter.h"
#include "core/error.h"
#include "core/experiment/experiment_io.h"
#include "core/operators/build.h"
#include "core/precision/loss_scaler.h"
#include "core/precision/policy_checks.h"
#include "core/spectral/engine_choice.h"
#include "core/training/environment.h"
#include "core/training/losses.h"
#include "core/training/lr_schedule.h"
#include "core/training/weight_storage.h"

#include <ATen/ATen.h>

namespace halfwave {
namespace {

void check_tensors(const Dataset& data, const std::string& what) {
  if (!data.x.defined() || !data.y.defined() || data.x.dim() < 3 || data.y.dim() < 3)
    throw RequestError("The " + what +
                       " has no fields; x and y shaped (samples, channels, axis…) would be right.");
  if (data.x.size(0) != data.y.size(0))
    throw RequestError("The " + what + " has " + std::to_string(data.x.size(0)) + " inputs x but " +
                       std::to_string(data.y.size(0)) + " outputs y; as many of each would be right.");
  if (!data.x.sizes().slice(2).equals(data.y.sizes().slice(2)))
    throw RequestError("The " + what +
                       " has inputs and outputs on different grids; the same grid would be right.");
  if (data.samples() < 1) throw RequestError("The " + what + " is empty; at least one sample is needed.");
}

void check_policies(const Experiment& experiment) {
  for (int epoch = 0; epoch < experiment.training.epochs; ++epoch) {
    const std::string problem = policy_problem(policy_at(experiment, epoch), experiment.op.layers);
    if (!problem.empty()) throw FieldError("precision", problem);
    if (experiment.precision.schedule.empty()) return;
  }
}

}  // namespace

void check_fit(const Experiment& experiment, Channels channels, const Dataset& data,
               const std::string& what) {
  check_tensors(data, what);
  const std::vector<int>& modes = experiment.op.modes;
  const std::vector<std::int64_t> grid = data.grid();
  if (grid.size() != modes.size())
    throw FieldError("operator.modes",
                     "there are " + std::to_string(modes.size()) + ", but the fields of the " + what +
                         " have " + std::to_string(grid.size()) + (grid.size() == 1 ? " axis" : " axes"));
  for (std::size_t axis = 0; axis < grid.size(); ++axis)
    if (modes[axis] > grid[axis])
      throw FieldError("operator.modes[" + std::to_string(axis) + "]",
                       std::to_string(modes[axis]) + " is more than " + std::to_string(grid[axis]) +
                           ", the most a " + std::to_string(grid[axis]) + "-point axis of the " + what +
                           " carries");
  if (data.x.size(1) != channels.in || data.y.size(1) != channels.out)
    throw RequestError("The " + what + " has " + std::to_string(data.x.size(1)) + " input and " +
                       std::to_string(data.y.size(1)) + " output channels, but the operator maps " +
                       std::to_string(channels.in) + " to " + std::to_string(channels.out) + ".");
}

Channels check_run(const Experiment& experiment, const DataBundle& data) {
  const TrainingSpec& training = experiment.training;
  if (training.epochs < 1)
    throw FieldError("training.epochs",
                     std::to_string(training.epochs) + " is too few; at least 1 would be right");
  if (training.batch_size < 1)
    throw FieldError("training.batch_size",
                     std::to_string(training.batch_size) + " is too few; at least 1 would be right");
  norm_from_name(training.loss);
  optimizer_options(training.optimizer, training.weight_decay);
  learning_rate_at(training, 0);
  const LossScaler scaler(experiment.precision.loss_scaling, experiment.precision.loss_scale);
  check_policies(experiment);

  check_tensors(data.train, "training data");
  const Channels channels{static_cast<int>(data.train.x.size(1)), static_cast<int>(data.train.y.size(1))};
  check_fit(experiment, channels, data.train, "training data");
  for (const TestSet& test : data.tests) check_fit(experiment, channels, test.data, "test set " + test.label);
  return channels;
}

void resolve_engine(Experiment& experiment, const std::vector<std::int64_t>& grid, const Checkpoint* begun) {
  OperatorSpec& op = experiment.op;
  if (op.engine != "auto") return;
  if (begun != nullptr) {
    op.engine = experiment_from_json(begun->experiment, "The checkpoint's experiment").op.engine;
    return;
  }
  std::vector<Policy> policies;
  for (const auto& [key, policy] : policies_of(experiment)) policies.push_back(policy);
  op.engine = resolved_engine(op.engine, grid, op.modes, op.width, transform_formats(policies),
                              at::Device(require_device(experiment.device).name));
}

void check_resume(const Checkpoint& checkpoint, const Experiment& experiment, Channels channels,
                  std::int64_t train_samples) {
  const Experiment before = experiment_from_json(checkpoint.experiment, "The checkpoint's experiment");
  const auto same = [](bool equal, const std::string& field, const std::string& was, const std::string& is) {
    if (!equal)
      throw FieldError(field, "the run was begun with " + was + " and cannot go on with " + is +
                                  "; the old value, or a new run, would be right");
  };
  same(before.op == experiment.op, "operator", "another operator", "this one");
  same(before.seed == experiment.seed, "seed", std::to_string(before.seed), std::to_string(experiment.seed));
  same(before.training.batch_size == experiment.training.batch_size, "training.batch_size",
       std::to_string(before.training.batch_size), std::to_string(experiment.training.batch_size));
  same(before.training.shuffle == experiment.training.shuffle, "training.shuffle",
       before.training.shuffle ? "true" : "false", experiment.training.shuffle ? "true" : "false");
  same(checkpoint.train_samples == train_samples, "dataset",
       std::to_string(checkpoint.train_samples) + " training samples", std::to_string(train_samples));
  same(checkpoint.in_channels == channels.in && checkpoint.out_channels == channels.out, "dataset",
       "fields of other channels", "these");
}

std::unique_ptr<Operator> build_on_device(const Experiment& experiment, Channels channels,
                                          const decltype(TrainerOptions::build)& build) {
  const DeviceInfo device = require_device(experiment.device);
  const MemoryScope scope(MemoryCategory::weights);
  std::unique_ptr<Operator> op =
      build ? build(experiment.op, channels.in, channels.out, experiment.seed)
            : build_operator(experiment.op, channels.in, channels.out, experiment.seed);
  const at::Device where(device.name);
  if (!where.is_cpu())
    for (Parameter& parameter : op->parameters())
      replace_weight(parameter, parameter.value.detach().to(where));
  return op;
}

Normalizers fit_normalizers(const Experiment& experiment, const Dataset& train) {
  const MemoryScope scope(MemoryCategory::other);
  Normalizers result;
  result.input = Normalizer::fit(experiment.dataset.input_normalizer, train.x, "dataset.input_normalizer");
  result.output = Normalizer::fit(experiment.dataset.output_normalizer, train.y, "dataset.output_normalizer");
  const at::Device device(experiment.device);
  result.input.to(device);
  result.output.to(device);
  return result;
}

Optimizer::Tensors normalizer_state(const Normalizers& normalizers) {
  Optimizer::Tensors state;
  for (const auto& [name, tensor] : normalizers.input.state()) state["input." + name] = tensor;
  for (const auto& [name, tensor] : normalizers.output.state()) state["output." + name] = tensor;
  return state;
}

Normalizers restore_normalizers(const Optimizer::Tensors& state, const Experiment& experiment) {
  const MemoryScope scope(MemoryCategory::other);
  const auto restore = [&](const std::string& prefix) {
    Normalizer::State own;
    for (const auto& [name, tensor] : state)
      if (name.starts_with(prefix)) own[name.substr(prefix.size())] = tensor;
    Normalizer normalizer = Normalizer::from_state(std::move(own));
    normalizer.to(at::Device(experiment.device));
    return normalizer;
  };
  return {restore("input."), restore("output.")};
}

}  // namespace halfwave
