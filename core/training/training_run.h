#pragma once

#include "core/training/checkpoint.h"
#include "core/training/command_queue.h"
#include "core/training/learner.h"
#include "core/training/run_folder.h"
#include "core/training/run_setup.h"
#include "core/training/seat.h"
#include "core/training/shuffle.h"
#include "core/training/snapshots.h"
#include "core/training/step_times.h"
#include "core/training/stopwatch.h"
#include "core/training/trainer.h"

#include <atomic>
#include <memory>
#include <optional>

namespace halfwave {

/// One execution of an experiment, from the first step (or the checkpoint's) to the end. Lives in one thread;
/// other threads reach it through the command queue.
class TrainingRun {
 public:
  /// Checks experiment, data and run folder, and reads the checkpoint that is resumed. Throws RequestError.
  TrainingRun(Experiment experiment, const DataBundle& data, Observer& observer, TrainerOptions options,
              CommandQueue& commands, std::atomic<RunState>& state);

  /// Never throws: what goes wrong is told in the result, after checkpoint and record were saved.
  RunResult execute();

  /// Throw RequestError for what cannot be applied.
  void check_policy(const Policy& policy) const;
  void check_sample(int sample) const;

 private:
  void prepare();
  void restore(const Checkpoint& checkpoint);
  RunState train();
  void begin_epoch();
  void let_others_work();
  bool obey();
  void take_step();
  void end_epoch();
  void finish(RunState state);
  void fail(const std::string& message, const std::optional<NonFinite>& where = std::nullopt);

  /// Throws FieldError for an edit behind the run's last step.
  void check_edits() const;
  /// Whether the precision so far is the checkpoint's, so that the run goes on with the policy it had.
  bool continues(const Checkpoint& checkpoint, const Experiment& before) const;
  /// Takes over the edits of a run that is resumed with the document it was begun with.
  void adopt_edits(const Checkpoint& checkpoint, const Experiment& before);
  /// The first edit to apply where a run goes on with a precision it did not have before.
  std::size_t first_edit_in_force() const;
  void begin_phase();
  void apply_edits();
  void edit_policy(const Policy& policy);
  void apply_policy(const Policy& policy, bool by_schedule, bool announce);

  MemoryReport own_memory() const;
  void set_state(RunState state, const std::string& message = {}, const std::optional<NonFinite>& where = {});
  void tell_range(RangeEvent event);
  void snapshot(bool even_if_early);
  Checkpoint checkpoint() const;

  Experiment experiment_;
  const DataBundle& data_;
  Observer& observer_;
  TrainerOptions options_;
  CommandQueue& commands_;
  std::atomic<RunState>& state_;
  Seat seat_;
  Channels channels_;
  std::optional<Checkpoint> resumed_;
  RunRecorder recorder_;

  std::unique_ptr<Learner> learner_;
  Position position_;
  int steps_per_epoch_ = 0;
  static constexpr std::size_t no_phase = static_cast<std::size_t>(-1);
  std::size_t phase_ = no_phase;
  std::size_t next_edit_ = 0;  ///< of the experiment's edits, the first that was not applied yet
  Shuffle shuffle_;
  std::uint64_t epoch_shuffle_state_ = 0;
  bool in_epoch_ = false;
  at::Tensor order_;  ///< of the epoch's samples

  double epoch_loss_ = 0.0;
  std::int64_t epoch_norms_ = 0;
  double epoch_begin_ = 0.0;  ///< on the stopwatch
  Stopwatch stopwatch_;
  Throttle snapshots_;
  Throttle memory_events_{10.0};
  StepTimes step_times_;
  MemoryReport memory_;  ///< the largest peak so far: a step measures its own
  RunResult result_;
};

}  // namespace halfwave
