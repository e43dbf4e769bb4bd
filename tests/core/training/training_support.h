#pragma once

#include "core/data/dataset.h"
#include "core/error.h"
#include "core/training/checkpoint.h"
#include "core/training/trainer.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <QtTest/QtTest>

#include <cstring>
#include <fstream>
#include <functional>
#include <mutex>
#include <numbers>
#include <thread>

namespace halfwave::testing {

/// Smooth random fields on n × n and a smoothed copy of them as the answer.
inline Dataset small_data(std::int64_t samples, std::int64_t n, std::uint64_t seed, double scale = 1.0) {
  const at::Generator generator = at::globalContext().defaultGenerator(at::kCPU).clone();
  at::Generator own = generator;
  own.set_current_seed(seed);
  const at::Tensor modes = at::randn({samples, 1, 3, 3}, own, at::kFloat);
  const at::Tensor t = at::arange(n, at::kFloat) * (2.0 * std::numbers::pi / static_cast<double>(n));
  const at::Tensor waves = at::stack({t.cos(), (2.0 * t).sin(), at::ones_like(t)});
  Dataset data;
  data.x = (at::einsum("scij,ix,jy->scxy", {modes, waves, waves}) * scale).contiguous();
  data.y = at::einsum("scij,ix,jy->scxy", {modes * 0.5, waves, waves}).square().add(0.3).contiguous();
  data.name = "small";
  return data;
}

inline DataBundle small_bundle(double scale = 1.0) {
  return {small_data(22, 8, 1, scale),
          {{"8", small_data(5, 8, 2, scale)}, {"12", small_data(3, 12, 3, scale)}}};
}

/// A tiny FNO; 22 samples in batches of 4 are 6 steps an epoch, the last of 2 samples.
inline Experiment small_experiment() {
  Experiment experiment;
  experiment.name = "small";
  experiment.seed = 5;
  experiment.dataset.resolution = 8;
  experiment.dataset.samples = 22;
  experiment.dataset.test_samples = 5;
  experiment.dataset.test_resolutions = {8, 12};
  experiment.op.modes = {4, 4};
  experiment.op.width = 6;
  experiment.op.layers = 2;
  experiment.training.epochs = 3;
  experiment.training.batch_size = 4;
  return experiment;
}

inline bool same_bits(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor x = a.detach().contiguous(), y = b.detach().contiguous();
  return x.scalar_type() == y.scalar_type() && x.sizes().equals(y.sizes()) &&
         std::memcmp(x.const_data_ptr(), y.const_data_ptr(), x.nbytes()) == 0;
}

inline bool same_bits(const Optimizer::Tensors& a, const Optimizer::Tensors& b) {
  if (a.size() != b.size() || a.empty()) return false;
  for (const auto& [name, tensor] : a)
    if (b.find(name) == b.end() || !same_bits(tensor, b.at(name))) return false;
  return true;
}

/// Keeps all events; `on_step_done` may give commands from within.
class Recording : public Observer {
 public:
  std::vector<StateEvent> states;
  std::vector<StepEvent> steps;
  std::vector<EpochEvent> epochs;
  std::vector<SnapshotEvent> snapshots;
  std::vector<SpectrumEvent> spectra;
  std::vector<MemoryEvent> memory;
  std::vector<PolicyEvent> policies;
  std::vector<std::thread::id> threads;
  std::function<void(const StepEvent&)> on_step_done;
  std::function<void(const StateEvent&)> on_state_seen;

  void on_state(const StateEvent& event) override {
    note();
    states.push_back(event);
    if (on_state_seen) on_state_seen(event);
  }
  void on_step(const StepEvent& event) override {
    note();
    steps.push_back(event);
    if (on_step_done) on_step_done(event);
  }
  void on_epoch(const EpochEvent& event) override { note(), epochs.push_back(event); }
  void on_snapshot(const SnapshotEvent& event) override { note(), snapshots.push_back(event); }
  void on_spectrum(const SpectrumEvent& event) override { note(), spectra.push_back(event); }
  void on_memory(const MemoryEvent& event) override { note(), memory.push_back(event); }
  void on_policy(const PolicyEvent& event) override { note(), policies.push_back(event); }

  std::vector<RunState> state_sequence() const {
    std::vector<RunState> result;
    for (const StateEvent& event : states) result.push_back(event.state);
    return result;
  }

 private:
  void note() { threads.push_back(std::this_thread::get_id()); }
};

inline std::filesystem::path path_of(const QTemporaryDir& folder, const char* name) {
  return std::filesystem::path(folder.path().toStdString()) / name;
}

/// What a request that is refused is answered with; empty when it is not refused.
template <class Call>
QString refusal_of(Call call) {
  try {
    call();
  } catch (const RequestError& error) {
    return QString::fromUtf8(error.what());
  }
  return {};
}

inline std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace halfwave::testing
