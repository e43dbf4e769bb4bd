#include "core/training/training_run.h"

#include "core/device/memory_meter.h"
#include "core/error.h"
#include "core/training/evaluate.h"
#include "core/training/lr_schedule.h"
#include "core/training/weight_storage.h"

#include <ATen/ATen.h>

namespace halfwave {
namespace {

/// Snapshots and their spectra may take this share of the time.
constexpr double snapshot_share = 0.1;

/// Ends a run whose loss or gradients were not finite.
struct Diverged {
  Learner::Diagnosis diagnosis;
};

std::vector<std::string> labels_of(const DataBundle& data) {
  std::vector<std::string> labels;
  for (const TestSet& test : data.tests) labels.push_back(test.label);
  return labels;
}

}  // namespace

TrainingRun::TrainingRun(Experiment experiment, const DataBundle& data, Observer& observer,
                         TrainerOptions options, CommandQueue& commands, std::atomic<RunState>& state)
    : experiment_(std::move(experiment)),
      data_(data),
      observer_(observer),
      options_(std::move(options)),
      commands_(commands),
      state_(state),
      channels_(check_run(experiment_, data)),
      shuffle_(experiment_.seed),
      snapshots_(options_.max_snapshots_per_second, snapshot_share) {
  if (!data_.tests.empty()) check_sample(options_.snapshot_sample);
  const int batch = experiment_.training.batch_size;
  steps_per_epoch_ = static_cast<int>((data_.train.samples() + batch - 1) / batch);
  if (options_.resume && options_.run_folder.empty())
    throw RequestError("A run is resumed from its folder, but no folder was named.");
  // A run that ended before its first checkpoint begins anew.
  const std::filesystem::path file = options_.run_folder / run_file::checkpoint;
  if (std::error_code error; options_.resume && std::filesystem::exists(file, error)) {
    resumed_ = load_checkpoint(file);
    check_resume(*resumed_, experiment_, channels_, data_.train.samples());
  }
  recorder_ = RunRecorder::open(options_.run_folder, experiment_, options_.resume,
                                resumed_ ? &*resumed_ : nullptr, labels_of(data_));
}

void TrainingRun::check_policy(const Policy& policy) const {
  const auto rows = static_cast<std::size_t>(experiment_.op.layers) + 2;
  if (policy.layers.size() != rows)
    throw RequestError("The policy has " + std::to_string(policy.layers.size()) +
                       " rows, but this run's operator has " + std::to_string(rows) +
                       " layers; one row for each would be right.");
  for (const LayerPolicy& layer : policy.layers) storage_type(layer[Stage::weights]);
}

void TrainingRun::check_sample(int sample) const {
  const std::int64_t samples = data_.tests.empty() ? 0 : data_.tests.front().data.samples();
  if (sample < 0 || sample >= samples)
    throw RequestError("There is no test sample " + std::to_string(sample) + "; the first test set has " +
                       std::to_string(samples) + ", counted from 0.");
}

RunResult TrainingRun::execute() {
  try {
    set_state(RunState::preparing);
    prepare();
    set_state(RunState::running);
    finish(train());
  } catch (const Diverged& diverged) {
    fail(diverged.diagnosis.message, diverged.diagnosis.where);
  } catch (const std::bad_alloc&) {
    fail("There was not enough memory for this run; a smaller batch or width would need less.");
  } catch (const c10::Error& error) {
    fail(std::string("LibTorch could not go on: ") + error.what_without_backtrace());
  } catch (const std::exception& error) {
    fail(error.what());
  }
  return result_;
}

void TrainingRun::prepare() {
  reset_memory_peak();
  {
    at::Generator generator = at::globalContext().defaultGenerator(at::kCPU);
    const std::lock_guard lock(generator.mutex());
    generator.set_current_seed(experiment_.seed);
  }
  Normalizers normalizers = resumed_ ? restore_normalizers(resumed_->normalizers, experiment_)
                                     : fit_normalizers(experiment_, data_.train);
  learner_ = std::make_unique<Learner>(experiment_, data_.train,
                                       build_on_device(experiment_, channels_, options_.build),
                                       std::move(normalizers));
  stopwatch_ = Stopwatch(resumed_ ? resumed_->total_seconds : 0.0);
  if (resumed_) restore(*resumed_);
  resumed_.reset();
}

RunState TrainingRun::train() {
  if (position_.step_in_epoch == 0) epoch_begin_ = stopwatch_.seconds();
  bool first = true;
  while (position_.epoch < experiment_.training.epochs) {
    begin_epoch();
    if (first) snapshot(true);
    first = false;
    while (position_.step_in_epoch < steps_per_epoch_) {
      if (!obey()) return RunState::stopped;
      take_step();
    }
    end_epoch();
  }
  return RunState::finished;
}

void TrainingRun::begin_epoch() {
  epoch_shuffle_state_ = shuffle_.state();
  in_epoch_ = true;
  const std::int64_t samples = data_.train.samples();
  if (experiment_.training.shuffle) {
    const std::vector<std::int64_t> order = shuffle_.permutation(samples);
    order_ = at::tensor(order, at::kLong);
  } else {
    order_ = at::arange(samples, at::kLong);
  }
  const auto& schedule = experiment_.precision.schedule;
  const std::size_t phase =
      schedule.empty() ? 0 : phase_at(schedule, position_.epoch, experiment_.training.epochs);
  if (phase == phase_) return;
  phase_ = phase;
  apply_policy(policy_at(experiment_, position_.epoch), true, !schedule.empty());
}

bool TrainingRun::obey() {
  for (;;) {
    const CommandQueue::Pending wish = commands_.take();
    const bool paused = state_ == RunState::paused;
    if (wish.policy) apply_policy(*wish.policy, false, true);
    if (wish.sample) options_.snapshot_sample = *wish.sample;
    if (wish.sample || (wish.policy && paused)) snapshot(true);
    if (wish.stop) return false;
    if (!wish.pause) {
      if (paused) {
        stopwatch_.resume();
        set_state(RunState::running);
      }
      return true;
    }
    if (!paused) {
      stopwatch_.pause();
      set_state(RunState::paused);
    }
    commands_.wait();
  }
}

void TrainingRun::take_step() {
  const double begin = steady_seconds();
  const TrainingSpec& training = experiment_.training;
  const std::int64_t first = std::int64_t{position_.step_in_epoch} * training.batch_size;
  const at::Tensor indices =
      order_.narrow(0, first, std::min<std::int64_t>(training.batch_size, order_.numel() - first));
  StepEvent event;
  event.step = position_.step;
  event.epoch = position_.epoch;
  event.step_in_epoch = position_.step_in_epoch;
  event.steps_per_epoch = steps_per_epoch_;
  event.learning_rate = learning_rate_at(training, position_.epoch);

  memory_.merge_peak(memory_report());
  const StepOutcome outcome = learner_->step(indices, event.learning_rate);
  memory_.merge_peak(outcome.memory);
  const LossScaler& scaler = learner_->scaler();
  if (!outcome.loss_finite || (!outcome.gradients_finite && (!scaler.active() || scaler.exhausted())))
    throw Diverged{learner_->diagnose(indices, outcome.loss_finite, position_.epoch, position_.step)};

  event.loss = outcome.loss_sum / static_cast<double>(outcome.norms);
  event.loss_scale = outcome.scale;
  event.skipped = !outcome.applied;
  event.seconds = steady_seconds() - begin;
  epoch_loss_ += outcome.loss_sum;
  epoch_norms_ += outcome.norms;
  ++position_.step;
  ++position_.step_in_epoch;
  recorder_.step(event);
  observer_.on_step(event);
  if (const double now = steady_seconds(); memory_events_.due(now)) {
    memory_events_.done(now, 0.0);
    MemoryEvent memory{event.step, memory_};
    memory.report.live = outcome.memory.live;
    observer_.on_memory(memory);
  }
  snapshot(false);
}

void TrainingRun::end_epoch() {
  const TrainingSpec& training = experiment_.training;
  const int done = position_.epoch + 1;
  const bool last = done >= training.epochs;
  EpochEvent event;
  event.epoch = position_.epoch;
  event.epochs = training.epochs;
  event.train_loss = epoch_loss_ / static_cast<double>(std::max<std::int64_t>(1, epoch_norms_));
  event.policy = learner_->policy().name;
  if (last || done % std::max(1, training.evaluate_every) == 0)
    event.metrics = evaluate(learner_->op(), learner_->normalizers(), data_.tests, training.batch_size);
  event.total_seconds = stopwatch_.seconds();
  event.seconds = event.total_seconds - epoch_begin_;
  recorder_.epoch(event);

  if (!event.metrics.empty()) result_.metrics = event.metrics;
  position_.epoch = done;
  position_.step_in_epoch = 0;
  in_epoch_ = false;
  epoch_loss_ = 0.0;
  epoch_norms_ = 0;
  epoch_begin_ = event.total_seconds;
  if (last) snapshot(true);
  if (last || done % std::max(1, training.checkpoint_every) == 0) {
    recorder_.checkpoint(checkpoint());
    recorder_.write_fields();
  }
  observer_.on_epoch(event);
}

void TrainingRun::finish(RunState state) {
  if (state == RunState::stopped) {
    stopwatch_.pause();
    snapshot(true);
    recorder_.checkpoint(checkpoint());
    recorder_.write_fields();
  }
  set_state(state);
}

void TrainingRun::fail(const std::string& message, const std::optional<NonFinite>& where) {
  // What can still be saved is; a second failure must not hide the first.
  try {
    if (learner_ && !resumed_) recorder_.checkpoint(checkpoint());
  } catch (const std::exception&) {
  }
  try {
    set_state(RunState::failed, message, where);
  } catch (const std::exception&) {
  }
}

void TrainingRun::apply_policy(const Policy& policy, bool by_schedule, bool announce) {
  learner_->set_policy(policy);
  if (!announce) return;
  const PolicyEvent event{position_.epoch, position_.step, by_schedule, policy};
  recorder_.policy(event);
  observer_.on_policy(event);
}

void TrainingRun::set_state(RunState state, const std::string& message,
                            const std::optional<NonFinite>& where) {
  result_.state = state;
  result_.message = message;
  result_.non_finite = where;
  result_.epochs = position_.epoch;
  result_.seconds = stopwatch_.seconds();
  memory_.merge_peak(memory_report());
  result_.memory = memory_;
  state_ = state;
  const StateEvent event{state, message, where, position_.epoch};
  try {
    recorder_.state(event, result_.memory);
  } catch (const RunError&) {
    // A failure is told even if it cannot be recorded; any other state that cannot be recorded is a failure.
    if (state != RunState::failed) throw;
  }
  observer_.on_state(event);
}

void TrainingRun::snapshot(bool even_if_early) {
  const double begin = steady_seconds();
  if (data_.tests.empty() || options_.max_snapshots_per_second <= 0.0) return;
  if (!even_if_early && !snapshots_.due(begin)) return;
  SnapshotEvent event =
      make_snapshot(learner_->op(), learner_->normalizers(), data_.tests.front(), options_.snapshot_sample);
  event.epoch = std::min(position_.epoch, experiment_.training.epochs - 1);
  event.step = position_.step;
  const SpectrumEvent spectrum = make_spectrum(event);
  snapshots_.done(begin, steady_seconds() - begin);
  recorder_.snapshot(event);
  observer_.on_snapshot(event);
  observer_.on_spectrum(spectrum);
}

}  // namespace halfwave
