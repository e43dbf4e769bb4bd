#include "app/cli/bench_run.h"

#include "core/device/cuda_module.h"
#include "core/device/device.h"
#include "core/device/memory_meter.h"
#include "core/device/resident.h"
#include "core/error.h"
#include "core/operators/build.h"
#include "core/precision/policy_file.h"
#include "core/spectral/engine_choice.h"
#include "core/training/learner.h"
#include "core/training/run_setup.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <chrono>
#include <functional>

namespace halfwave::cli {
namespace {

constexpr int warm_up = 2;
constexpr double learning_rate = 1e-3;

double milliseconds(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
}

Experiment experiment_for(const BenchRequest& request) {
  Experiment experiment;
  experiment.device = request.device;
  experiment.op.modes = request.shape.modes;
  experiment.op.width = request.shape.width;
  experiment.op.layers = request.shape.layers;
  experiment.op.engine = request.engine;
  experiment.training.loss = "l2";
  experiment.training.optimizer = "adam";
  experiment.training.weight_decay = 0.0;
  experiment.training.batch_size = request.shape.batch;
  experiment.precision.range_every = 0;
  return experiment;
}

Dataset random_fields(const BenchShape& shape) {
  at::manual_seed(1);
  std::vector<std::int64_t> size{shape.batch, 1};
  size.insert(size.end(), shape.grid.begin(), shape.grid.end());
  Dataset data;
  data.x = at::randn(size);
  data.y = at::randn(size);
  return data;
}

Dataset on(const at::Device& device, const Dataset& data) {
  Dataset there = data;
  there.x = data.x.to(device);
  there.y = data.y.to(device);
  return there;
}

// A card works on its own: reading a value waits for it.
void wait_for(const at::Tensor& result) {
  if (!result.is_cpu()) result.flatten()[0].item<double>();
}

std::int64_t saved_by_forward(Operator& op, const Dataset& data) {
  const MemoryScope scope(MemoryCategory::scratch);
  const std::int64_t before = memory_report().live_of(MemoryCategory::saved_activations);
  const at::Tensor loss = relative_norm(op.forward(data.x), data.y, Norm::l2).sum();
  return memory_report().live_of(MemoryCategory::saved_activations) - before;
}

BenchRoofline roofline_of(const OperatorSpec& spec, const BenchShape& shape, const Policy& policy) {
  const CostProblem problem{shape.grid, shape.batch, 1, 1};
  const auto step = training_cost(spec, problem, policy);
  const auto inference = inference_cost(spec, problem, policy);
  std::vector<Format> formats;
  for (const PartCost& part : step) formats.push_back(part.format);
  BenchRoofline result;
  result.rates = measure_rates(formats);
  result.step = roofline_times(step, result.rates);
  result.inference = roofline_times(inference, result.rates);
  return result;
}

std::int64_t gradient_bytes(Operator& op) {
  std::int64_t bytes = 0;
  for (const Parameter& parameter : op.parameters())
    bytes += static_cast<std::int64_t>(parameter.value.nbytes());
  return bytes;
}

}  // namespace

const std::vector<BenchShape>& bench_shapes() {
  static const std::vector<BenchShape> shapes = {{"S", {64, 64}, {16, 16}, 32, 8},
                                                 {"M", {128, 128}, {32, 32}, 64, 4},
                                                 {"L", {128, 128}, {64, 64}, 64, 4}};
  return shapes;
}

const BenchShape& bench_shape(const std::string& name) {
  std::string known;
  for (const BenchShape& shape : bench_shapes()) {
    if (shape.name == name) return shape;
    known += (known.empty() ? "" : ", ") + shape.name;
  }
  throw RequestError("--shape: there is no shape \"" + name + "\"; the shapes are " + known);
}

BenchShape changed_shape(BenchShape shape, const BenchChanges& changes) {
  const auto at_least_one = [](std::int64_t value, const char* option) {
    if (value < 1)
      throw RequestError(std::string(option) + ": " + std::to_string(value) +
                         " is too few; at least 1 would be right");
  };
  const BenchShape before = shape;
  if (!changes.grid.empty()) shape.grid = changes.grid;
  for (const auto points : shape.grid) at_least_one(points, "--grid");
  if (!changes.modes.empty()) shape.modes = changes.modes;
  for (const auto modes : shape.modes) at_least_one(modes, "--modes");
  const bool alike =
      std::adjacent_find(shape.modes.begin(), shape.modes.end(), std::not_equal_to<>()) == shape.modes.end();
  if (shape.modes.size() == 1 || (changes.modes.empty() && alike))
    shape.modes.resize(shape.grid.size(), shape.modes.front());
  if (shape.grid.size() > 3)
    throw RequestError("--grid: " + std::to_string(shape.grid.size()) +
                       " axes are too many; 1 to 3 would be right");
  if (shape.modes.size() != shape.grid.size())
    throw RequestError("--modes: " + std::to_string(shape.modes.size()) + " numbers do not fit " +
                       std::to_string(shape.grid.size()) +
                       " axes; one number, or one for each axis, would be right");
  if (changes.width != 0) shape.width = changes.width;
  if (changes.batch != 0) shape.batch = changes.batch;
  if (changes.layers != 0) shape.layers = changes.layers;
  at_least_one(shape.width, "--width");
  at_least_one(shape.batch, "--batch");
  at_least_one(shape.layers, "--layers");
  make_layout(shape.grid, shape.modes);
  const bool same = shape.grid == before.grid && shape.modes == before.modes && shape.width == before.width &&
                    shape.batch == before.batch && shape.layers == before.layers;
  if (!same) shape.name = "custom";
  return shape;
}

BenchResult run_bench(const BenchRequest& request) {
  BenchResult result;
  if (request.threads > 0) at::set_num_threads(request.threads);
  result.threads = at::get_num_threads();
  const at::Device device(require_device(request.device).name);
  const int card = device.has_index() ? device.index() : 0;
  if (request.roofline && !device.is_cpu())
    throw RequestError("--roofline: the rates of a card are not measured; use it with the CPU");
  const Policy policy = policy_named(request.policy, request.shape.layers);
  Experiment experiment = experiment_for(request);
  experiment.op.engine = resolved_engine(request.engine, request.shape.grid, request.shape.modes,
                                         request.shape.width, transform_formats({policy}), device);
  result.engine = experiment.op.engine;
  const Dataset data = random_fields(request.shape);
  const at::Tensor batch = at::arange(request.shape.batch, at::kLong);

  result.idle_resident = resident_bytes();
  forget_resident_peak();
  if (!device.is_cpu()) cuda_module().reset_peak(card);
  Learner learner(experiment, data, build_on_device(experiment, {1, 1}, {}), Normalizers{});
  learner.set_policy(policy);
  for (int i = 0; i < warm_up; ++i) learner.step(batch, learning_rate);
  for (int i = 0; i < request.repeat; ++i)
    result.step_ms.push_back(milliseconds([&] {
      result.memory = learner.step(batch, learning_rate).memory;
      wait_for(learner.op().parameters().front().value);
    }));
  result.peak_resident = peak_resident_bytes();
  if (!device.is_cpu()) result.card_peak = cuda_module().memory(card).peak_allocated;

  const Dataset there = on(device, data);
  const MemoryReport live = memory_report();
  result.weights = live.live_of(MemoryCategory::weights);
  result.optimizer = live.live_of(MemoryCategory::optimizer);
  result.gradients = gradient_bytes(learner.op());
  result.saved_activations = saved_by_forward(learner.op(), there);

  const c10::AutoGradMode no_gradient(false);
  const MemoryScope scope(MemoryCategory::scratch);
  for (int i = 0; i < warm_up; ++i) learner.op().forward(there.x);
  for (int i = 0; i < request.repeat; ++i)
    result.inference_ms.push_back(milliseconds([&] { wait_for(learner.op().forward(there.x)); }));
  if (request.roofline) result.roofline = roofline_of(experiment.op, request.shape, policy);
  return result;
}

}  // namespace halfwave::cli
