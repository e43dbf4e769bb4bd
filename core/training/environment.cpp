#include "core/training/environment.h"

#include "core/device/device.h"
#include "core/device/stage_support.h"
#include "core/training/run_setup.h"

#include <ATen/Parallel.h>
#include <nlohmann/json.hpp>
#include <torch/version.h>

#include <map>
#include <sys/utsname.h>
#include <unistd.h>

namespace halfwave {
namespace {

using Json = nlohmann::ordered_json;

/// Layer → stage → format, and whether the device computes in it.
Json support_of(const Policy& policy, std::string_view engine, const DeviceInfo& device) {
  Json table = Json::object();
  const std::vector<std::string> rows = layer_names(static_cast<int>(policy.layers.size()) - 2);
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (const Stage stage : all_stages) {
      if (!has_stage(i, rows.size(), stage)) continue;
      const LayerPolicy& layer = policy.layers[i];
      table[rows[i]][std::string(name(stage))] = {
          {"format", name(layer[stage])}, {"support", name(stage_support(layer, stage, engine, device))}};
    }
  return table;
}

}  // namespace

std::map<std::string, Policy> policies_of(const Experiment& experiment) {
  const PrecisionSpec& precision = experiment.precision;
  std::map<std::string, Policy> policies;
  for (int epoch = 0; epoch < experiment.training.epochs; ++epoch) {
    const Policy policy = policy_at(experiment, epoch);
    const std::size_t phase =
        precision.schedule.empty() ? 0 : phase_at(precision.schedule, epoch, experiment.training.epochs);
    policies.emplace(std::to_string(phase) + " " + policy.name, policy);
    if (precision.schedule.empty()) break;
  }
  for (const PolicyEdit& edit : precision.edits) {
    const Policy policy = policy_of(experiment, edit);
    policies.emplace("step " + std::to_string(edit.step) + " " + policy.name, policy);
  }
  return policies;
}

std::string describe_environment(const Experiment& experiment) {
  const DeviceInfo device = require_device(experiment.device);
  Json policies = Json::object();
  for (const auto& [key, policy] : policies_of(experiment))
    policies[key] = support_of(policy, experiment.op.engine, device);
  utsname system{};
  uname(&system);
  const Json environment{
      {"libtorch", TORCH_VERSION},
      {"compiler", "g++ " __VERSION__},
      {"system", std::string(system.sysname) + " " + system.release + " " + system.machine},
      {"host", system.nodename},
      {"process", getpid()},
      {"device",
       {{"name", device.name}, {"description", device.description}, {"memory_bytes", device.memory_bytes}}},
      {"threads", at::get_num_threads()},
      {"seed", experiment.seed},
      {"engine", experiment.op.engine},
      {"policies", std::move(policies)}};
  return environment.dump(2) + "\n";
}

bool computes_emulated(const Experiment& experiment) {
  const DeviceInfo device = require_device(experiment.device);
  for (const auto& [key, policy] : policies_of(experiment))
    for (std::size_t i = 0; i < policy.layers.size(); ++i)
      for (const Stage stage : all_stages)
        if (has_stage(i, policy.layers.size(), stage) &&
            stage_support(policy.layers[i], stage, experiment.op.engine, device) == Support::emulated)
          return true;
  return false;
}

}  // namespace halfwave
