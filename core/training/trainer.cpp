#include "core/training/trainer.h"

#include "core/device/memory_meter.h"
#include "core/error.h"
#include "core/operators/operator.h"
#include "core/training/training_run.h"

#include <atomic>
#include <thread>

namespace halfwave {

struct Trainer::Impl {
  CommandQueue commands;
  std::atomic<RunState> state{RunState::idle};
  TrainingRun run;
  std::thread thread;
  bool executed = false;
  RunResult result;

  Impl(Experiment experiment, const DataBundle& data, Observer& observer, TrainerOptions options)
      : run(std::move(experiment), data, observer, std::move(options), commands, state) {}
};

Trainer::Trainer(Experiment experiment, const DataBundle& data, Observer& observer, TrainerOptions options) {
  install_memory_meter();
  impl_ = std::make_unique<Impl>(std::move(experiment), data, observer, std::move(options));
}

Trainer::~Trainer() {
  stop();
  if (impl_->thread.joinable()) impl_->thread.join();
}

RunResult Trainer::run() {
  if (impl_->executed) return wait();
  impl_->executed = true;
  impl_->result = impl_->run.execute();
  return impl_->result;
}

void Trainer::start() {
  if (impl_->executed) return;
  impl_->executed = true;
  impl_->thread = std::thread([this] { impl_->result = impl_->run.execute(); });
}

RunResult Trainer::wait() {
  if (impl_->thread.joinable()) impl_->thread.join();
  return impl_->result;
}

void Trainer::pause() {
  impl_->commands.pause();
}
void Trainer::resume() {
  impl_->commands.resume();
}
void Trainer::stop() {
  impl_->commands.stop();
}

void Trainer::set_policy(const Policy& policy) {
  const RunState state = impl_->state;
  if (state == RunState::finished || state == RunState::stopped || state == RunState::failed)
    throw RequestError(
        std::string("The run has ended (") + name(state) +
        "); a policy can be changed only while a run goes on, so resume it or begin a new one.");
  impl_->run.check_policy(policy);
  impl_->commands.set_policy(policy);
}

void Trainer::set_snapshot_sample(int sample) {
  impl_->run.check_sample(sample);
  impl_->commands.set_sample(sample);
}

RunState Trainer::state() const {
  return impl_->state;
}

}  // namespace halfwave
