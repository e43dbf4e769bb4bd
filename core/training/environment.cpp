#include "core/training/environment.h"

#include "core/device/device.h"

#include <ATen/Parallel.h>
#include <nlohmann/json.hpp>
#include <torch/version.h>

#include <sys/utsname.h>
#include <unistd.h>

namespace halfwave {
namespace {

using Json = nlohmann::ordered_json;

/// Layer → stage → format and whether the device has it.
Json support_of(const Policy& policy, const DeviceInfo& device) {
  Json table = Json::object();
  const std::vector<std::string> rows = layer_names(static_cast<int>(policy.layers.size()) - 2);
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (const Stage stage : all_stages) {
      if (!has_stage(i, rows.size(), stage)) continue;
      const Format format = policy.layers[i][stage];
      // Stored things occupy their bytes everywhere; only computing can be emulated.
      const bool stored = stage == Stage::weights || stage == Stage::saved_activations;
      table[rows[i]][std::string(name(stage))] = {
          {"format", name(format)}, {"support", stored ? "stored" : name(device.supports(format))}};
    }
  return table;
}

}  // namespace

std::string describe_environment(const Experiment& experiment) {
  const DeviceInfo device = require_device(experiment.device);
  Json policies = Json::object();
  for (int epoch = 0; epoch < experiment.training.epochs; ++epoch) {
    const Policy policy = policy_at(experiment, epoch);
    const std::size_t phase =
        experiment.precision.schedule.empty()
            ? 0
            : phase_at(experiment.precision.schedule, epoch, experiment.training.epochs);
    const std::string key = std::to_string(phase) + " " + policy.name;
    if (!policies.contains(key)) policies[key] = support_of(policy, device);
    if (experiment.precision.schedule.empty()) break;
  }
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
      {"policies", std::move(policies)}};
  return environment.dump(2) + "\n";
}

}  // namespace halfwave
