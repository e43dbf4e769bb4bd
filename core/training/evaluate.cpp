#include "core/training/evaluate.h"

#include "core/device/memory_meter.h"
#include "core/error.h"
#include "core/experiment/experiment_io.h"
#include "core/precision/policy_checks.h"
#include "core/precision/policy_file.h"
#include "core/precision/working_type.h"
#include "core/training/checkpoint.h"
#include "core/training/losses.h"
#include "core/training/run_folder.h"
#include "core/training/run_setup.h"
#include "core/training/weight_storage.h"

#include <ATen/ATen.h>

namespace halfwave {
namespace {

Metrics evaluate_one(Operator& op, const Normalizers& normalizers, const Dataset& data, int batch_size) {
  double l2 = 0.0, h1 = 0.0;
  const std::int64_t samples = data.samples();
  for (std::int64_t first = 0; first < samples; first += batch_size) {
    const std::int64_t count = std::min<std::int64_t>(batch_size, samples - first);
    const at::Tensor prediction = predict(op, normalizers, data.x.narrow(0, first, count));
    const at::Tensor truth = data.y.narrow(0, first, count).to(prediction.device());
    l2 += relative_norm(prediction, truth, Norm::l2).sum().item<double>();
    h1 += relative_norm(prediction, truth, Norm::h1).sum().item<double>();
  }
  const double norms = static_cast<double>(std::max<std::int64_t>(1, samples * data.y.size(1)));
  return {l2 / norms, h1 / norms};
}

}  // namespace

at::Tensor predict(Operator& op, const Normalizers& normalizers, const at::Tensor& x) {
  const at::NoGradGuard no_grad;
  const MemoryScope scope(MemoryCategory::scratch);
  const auto& parameters = op.parameters();
  const at::Device device = parameters.empty() ? at::Device(at::kCPU) : parameters.front().value.device();
  const at::Tensor input = normalizers.input.normalize(x.to(device, working_type(op.policy())));
  return normalizers.output.denormalize(op.forward(input));
}

std::map<std::string, Metrics> evaluate(Operator& op, const Normalizers& normalizers,
                                        const std::vector<TestSet>& tests, int batch_size) {
  std::map<std::string, Metrics> result;
  for (const TestSet& test : tests)
    result[test.label] = evaluate_one(op, normalizers, test.data, std::max(1, batch_size));
  return result;
}

RunResult evaluate_run(const std::filesystem::path& run_folder, const std::vector<TestSet>& tests,
                       const std::optional<std::string>& policy_name,
                       const std::vector<PolicyOverride>& overrides) {
  install_memory_meter();
  const RunRecord record = read_run(run_folder);
  const Checkpoint checkpoint = load_checkpoint(run_folder / "checkpoint.pt");
  const Experiment& experiment = record.experiment;
  const int blocks = experiment.op.layers;
  Policy policy =
      policy_name ? policy_named(*policy_name, blocks, half_format(experiment.precision)) : checkpoint.policy;
  apply_overrides(policy, overrides);
  if (const std::string problem = policy_problem(policy, blocks); !problem.empty())
    throw RequestError("The policy cannot be used: " + problem + ".");
  reset_memory_peak();
  const Channels channels{checkpoint.in_channels, checkpoint.out_channels};
  for (const TestSet& test : tests) check_fit(experiment, channels, test.data, "test set " + test.label);
  const std::unique_ptr<Operator> op = build_on_device(experiment, channels);
  load_weights(op->parameters(), checkpoint.weights);
  op->set_policy(policy);
  round_weights(op->parameters(), policy);
  const Normalizers normalizers = restore_normalizers(checkpoint.normalizers, experiment);
  RunResult result;
  result.state = record.state;
  result.message = record.message;
  result.non_finite = record.non_finite;
  result.epochs = checkpoint.position.epoch;
  result.seconds = checkpoint.total_seconds;
  result.metrics = evaluate(*op, normalizers, tests, experiment.training.batch_size);
  result.memory = memory_report();
  return result;
}

}  // namespace halfwave
