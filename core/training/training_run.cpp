#include "core/training/training_run.h"

#include "core/device/memory_meter.h"
#include "core/error.h"
#include "core/experiment/experiment_io.h"
#include "core/training/evaluate.h"
#include "core/training/lr_schedule.h"

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
      seat_(options_.seat),
      channels_(check_run(experiment_, data)),
      shuffle_(experiment_.seed),
      snapshots_(options_.max_snapshots_per_second, snapshot_share / static_cast<double>(seat_.runs())) {
  if (!data_.tests.empty()) check_sample(options_.snapshot_sample);
  const int batch = experiment_.training.batch_size;
  steps_per_epoch_ = static_cast<int>((data_.train.samples() + batch - 1) / batch);
  if (options_.resume && options_.run_folder.empty())
    throw RequestError("A run is resumed from its folder, but no folder was named.");
  // A run that ended before its first checkpoint begins anew.
  const std::filesystem::path file = options_.run_folder / run_file::checkpoint;
  if (std::error_code error; options_.resume && std::filesystem::exists(file, error)) {
    resumed_ = load_checkpoint(file);
    resolve_engine(experiment_, data_.train.grid(), &*resumed_);
    check_resume(*resumed_, experiment_, channels_, data_.train.samples());
    adopt_edits(*resumed_, experiment_from_json(resumed_->experiment, "The checkpoint's experiment"));
  }
  check_edits();
  resolve_engine(experiment_, data_.train.grid(), nullptr);
  recorder_ = RunRecorder::open(options_.run_folder, experiment_, options_.resume,
                                resumed_ ? &*resumed_ : nullptr, labels_of(data_));
}

void TrainingRun::check_sample(int sample) const {
  const std::int64_t samples = data_.tests.empty() ? 0 : data_.tests.front().data.samples();
  if (sample < 0 || sample >= samples)
    throw RequestError("There is no test sample " + std::to_string(sample) + "; the first test set has " +
                       std::to_string(samples) + ", counted from 0.");
}

RunResult TrainingRun::execute() {
  seat_.take();
  reset_memory_peak();  // what was before is not this run's
  try {
    set_state(RunState::preparing);
    prepare();
    set_state(RunState::running);
    finish(train());
  } catch (Diverged& diverged) {
    tell_range(std::move(diverged.diagnosis.range));
    fail(diverged.diagnosis.message, diverged.diagnosis.where);
  } catch (const std::bad_alloc&) {
    fail("There was not enough memory for this run; a smaller batch or width would need less.");
  } catch (const c10::Error& error) {
    fail(std::string("LibTorch could not go on: ") + error.what_without_backtrace());
  } catch (const std::exception& error) {
    fail(error.what());
  }
  seat_.leave();
  return result_;
}

void TrainingRun::prepare() {
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
      let_others_work();
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
  begin_phase();
}

void TrainingRun::let_others_work() {
  if (seat_.alone()) return;
  memory_.merge_peak(own_memory());
  stopwatch_.pause();
  seat_.pass();
  seat_.take();
  stopwatch_.resume();
}

bool TrainingRun::obey() {
  apply_edits();
  for (;;) {
    const CommandQueue::Pending wish = commands_.take();
    const bool paused = state_ == RunState::paused;
    if (wish.policy) edit_policy(*wish.policy);
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
    memory_.merge_peak(own_memory());
    seat_.rest();
    commands_.wait();
    seat_.take();
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

  memory_.merge_peak(own_memory());
  StepOutcome outcome = learner_->step(indices, event.learning_rate);
  outcome.memory = seat_.own(outcome.memory);
  memory_.merge_peak(outcome.memory);
  const LossScaler& scaler = learner_->scaler();
  if (!outcome.loss_finite || (!outcome.gradients_finite && (!scaler.active() || scaler.exhausted())))
    throw Diverged{learner_->diagnose(indices, outcome.loss_finite, position_.epoch, position_.step)};

  event.loss = outcome.loss_sum / static_cast<double>(outcome.norms);
  event.loss_scale = outcome.scale;
  event.skipped = !outcome.applied;
  event.seconds = steady_seconds() - begin;
  step_times_.add(event.seconds);
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
    recorder_.memory(memory);
    observer_.on_memory(memory);
  }
  tell_range({event.epoch, event.step, false, outcome.ranges});
  snapshot(false);
}

void TrainingRun::tell_range(RangeEvent event) {
  if (event.stages.empty()) return;
  try {
    recorder_.range(event);
  } catch (const RunError&) {
    // The failure that follows matters more than its picture.
    if (!event.fault) throw;
  }
  observer_.on_range(event);
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

}  // namespace halfwave
