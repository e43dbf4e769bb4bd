// One fixed small training step, for counting its instructions: see instructions.py.

#include "core/device/memory_meter.h"
#include "core/operators/build.h"
#include "core/precision/policy_file.h"
#include "core/training/learner.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <cmath>
#include <cstdio>
#include <exception>

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else  // Then instructions.py finds nothing counted, and says so.
#define CALLGRIND_START_INSTRUMENTATION
#define CALLGRIND_STOP_INSTRUMENTATION
#endif

namespace {

constexpr int layers = 2;
constexpr int warm_up = 2;  // caches are filled and the optimiser's state is made
constexpr int measured = 2;
constexpr double learning_rate = 1e-3;

halfwave::Experiment small_experiment(const char* engine) {
  halfwave::Experiment experiment;
  experiment.op.modes = {12, 12};
  experiment.op.width = 32;
  experiment.op.layers = layers;
  experiment.op.engine = engine;
  experiment.training.loss = "l2";
  experiment.training.optimizer = "adam";
  experiment.training.weight_decay = 0.0;
  experiment.training.batch_size = 2;
  experiment.precision.range_every = 0;
  return experiment;
}

}  // namespace

int main(int argc, char** argv) try {
  halfwave::install_memory_meter();
  at::set_num_threads(1);
  const char* const policy = argc > 1 ? argv[1] : "full";
  const char* const engine = argc > 2 ? argv[2] : "dft";
  const halfwave::Experiment experiment = small_experiment(engine);
  at::manual_seed(1);
  halfwave::Dataset data;
  data.x = at::randn({2, 1, 32, 32});
  data.y = at::randn({2, 1, 32, 32});
  const at::Tensor batch = at::arange(2, at::kLong);
  halfwave::Learner learner(experiment, data, halfwave::build_operator(experiment.op, 1, 1, 0), {});
  learner.set_policy(halfwave::policy_named(policy, layers));
  for (int i = 0; i < warm_up; ++i) learner.step(batch, learning_rate);
  double loss = 0.0;
  // All before this runs without being counted, and so much faster.
  CALLGRIND_START_INSTRUMENTATION;
  for (int i = 0; i < measured; ++i) loss = learner.step(batch, learning_rate).loss_sum;
  CALLGRIND_STOP_INSTRUMENTATION;
  std::printf("%d steps, loss %.6g\n", measured, loss);
  return std::isfinite(loss) ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "step_instructions: %s\n", error.what());
  return 1;
}
