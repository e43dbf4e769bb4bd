#include "core/training/comparison.h"

#include "core/data/dataset.h"
#include "core/error.h"
#include "core/training/turns.h"

#include <condition_variable>
#include <mutex>

namespace halfwave {
namespace {

/// Stands in where nobody listens.
Observer& deaf() {
  static Observer observer;
  return observer;
}

}  // namespace

struct Comparison::Impl {
  Impl(std::vector<ComparedRun> planned, const DataBundle& bundle,
       std::function<Observer*(std::size_t)> listeners, Options how)
      : runs(std::move(planned)),
        data(bundle),
        observer(std::move(listeners)),
        options(std::move(how)),
        trainers(runs.size()) {}

  std::vector<ComparedRun> runs;
  const DataBundle& data;
  std::function<Observer*(std::size_t)> observer;
  Options options;

  // What other threads ask for reaches the trainers that exist, and those that are still to come.
  std::mutex mutex;
  std::vector<std::unique_ptr<Trainer>> trainers;  ///< by run; empty where it has not begun, or is over
  std::shared_ptr<Turns> turns;                    ///< while runs step in turn
  bool paused = false;
  bool stopped = false;
  bool working = false;  ///< within `run`
  std::condition_variable ended;

  bool is_stopped() {
    const std::lock_guard lock(mutex);
    return stopped;
  }

  template <class Command>
  void for_all(Command command) {
    const std::lock_guard lock(mutex);
    for (const auto& trainer : trainers)
      if (trainer) command(*trainer);
  }

  /// Makes the trainer of a run. False, with the reason in the run's result, where that cannot be.
  bool make(std::size_t i, TurnSeat seat) {
    ComparedRun& run = runs[i];
    try {
      TrainerOptions trainer_options;
      if (!options.folder.empty()) run.folder = options.folder / run.experiment.name;
      trainer_options.run_folder = run.folder;
      trainer_options.max_snapshots_per_second = options.max_snapshots_per_second;
      trainer_options.seat = std::move(seat);
      Observer* const listener = observer ? observer(i) : nullptr;
      const std::lock_guard lock(mutex);
      trainer_options.snapshot_sample = options.snapshot_sample;
      trainers[i] = std::make_unique<Trainer>(run.experiment, data, listener ? *listener : deaf(),
                                              std::move(trainer_options));
      if (paused) trainers[i]->pause();
      if (stopped) trainers[i]->stop();
      return true;
    } catch (const std::exception& error) {
      run.result.state = RunState::failed;
      run.result.message = error.what();
      return false;
    }
  }

  Trainer* trainer(std::size_t i) {
    const std::lock_guard lock(mutex);
    return trainers[i].get();
  }

  void release(std::size_t i) {
    std::unique_ptr<Trainer> over;
    const std::lock_guard lock(mutex);
    over = std::move(trainers[i]);
  }

  void run_one_after_another() {
    for (std::size_t i = 0; i < runs.size() && !is_stopped(); ++i) {
      if (!make(i, {})) continue;
      runs[i].result = trainer(i)->run();
      release(i);
    }
  }

  void run_in_turn() {
    {
      const std::lock_guard lock(mutex);
      turns = std::make_shared<Turns>(runs.size());
    }
    for (std::size_t i = 0; i < runs.size(); ++i)
      if (!make(i, {turns, i})) turns->leave(i);
    for (std::size_t i = 0; i < runs.size(); ++i)
      if (Trainer* const one = trainer(i)) one->start();
    for (std::size_t i = 0; i < runs.size(); ++i)
      if (Trainer* const one = trainer(i)) runs[i].result = one->wait();
    for (std::size_t i = 0; i < runs.size(); ++i) release(i);
  }
};

Comparison::Comparison(std::vector<ComparedRun> runs, const DataBundle& data,
                       std::function<Observer*(std::size_t)> observer, Options options)
    : impl_(std::make_unique<Impl>(std::move(runs), data, std::move(observer), std::move(options))) {}

Comparison::~Comparison() {
  stop();
  std::unique_lock lock(impl_->mutex);
  impl_->ended.wait(lock, [this] { return !impl_->working; });
}

const std::vector<ComparedRun>& Comparison::run() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->working = true;
  }
  if (impl_->options.in_turn)
    impl_->run_in_turn();
  else
    impl_->run_one_after_another();
  const std::lock_guard lock(impl_->mutex);
  impl_->working = false;
  impl_->ended.notify_all();
  return impl_->runs;
}

void Comparison::pause() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->paused = true;
  }
  impl_->for_all([](Trainer& trainer) { trainer.pause(); });
}

void Comparison::resume() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->paused = false;
    if (impl_->turns) impl_->turns->expect_all();
  }
  impl_->for_all([](Trainer& trainer) { trainer.resume(); });
}

void Comparison::stop() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopped = true;
  }
  impl_->for_all([](Trainer& trainer) { trainer.stop(); });
}

void Comparison::set_snapshot_sample(int sample) {
  const auto& tests = impl_->data.tests;
  const std::int64_t samples = tests.empty() ? 0 : tests.front().data.samples();
  if (sample < 0 || sample >= samples)
    throw RequestError("There is no test sample " + std::to_string(sample) + "; the first test set has " +
                       std::to_string(samples) + ", counted from 0.");
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->options.snapshot_sample = sample;
  }
  impl_->for_all([sample](Trainer& trainer) { trainer.set_snapshot_sample(sample); });
}

}  // namespace halfwave
