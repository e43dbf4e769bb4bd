#pragma once

#include "core/experiment/experiment.h"
#include "core/training/events.h"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace halfwave {

struct DataBundle;
class Operator;

/// How a run ended. `metrics` is the last evaluation, keyed by test set.
struct RunResult {
  RunState state = RunState::idle;
  std::string message;
  std::optional<NonFinite> non_finite;
  int epochs = 0;        ///< finished epochs
  double seconds = 0.0;  ///< of training, over all sessions of the run
  std::map<std::string, Metrics> metrics;
  MemoryReport memory;
  double step_seconds = 0.0;  ///< median over the latest steps
};

class Turns;

/// The place of a run among those that step in turn.
struct TurnSeat {
  std::shared_ptr<Turns> turns;  ///< nullptr = the run is alone
  std::size_t run = 0;
};

struct TrainerOptions {
  std::filesystem::path run_folder;  ///< where checkpoints and records go; empty = nowhere
  bool resume = false;               ///< go on from run_folder's checkpoint
  double max_snapshots_per_second = 15.0;
  int snapshot_sample = 0;  ///< index in the first test set
  TurnSeat seat = {};
  /// What makes the operator from its spec, its channels and the seed; empty = build_operator.
  std::function<std::unique_ptr<Operator>(const OperatorSpec&, int in_channels, int out_channels,
                                          std::uint64_t seed)>
      build = {};
};

/// Trains one operator. `run` works in the calling thread, `start` in a thread of its own; the commands may
/// come from any thread and take effect between two steps.
class Trainer {
 public:
  /// `data` and `observer` must outlive the trainer. Throws RequestError when experiment and data do not fit.
  Trainer(Experiment experiment, const DataBundle& data, Observer& observer, TrainerOptions options = {});
  ~Trainer();  ///< stops and joins

  RunResult run();
  void start();
  RunResult wait();

  void pause();
  void resume();
  /// Ends the run after the step in progress and writes a checkpoint.
  void stop();
  /// From the next step on; holds until the next phase of the schedule. The run's document records it as an
  /// edit, with which the run can be repeated. Throws RequestError for a table that does not fit the run, and
  /// when the run has ended.
  void set_policy(const Policy& policy);
  /// Which sample of the first test set snapshots show. Throws RequestError when there is no such sample.
  void set_snapshot_sample(int sample);
  RunState state() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace halfwave
