#pragma once

#include "core/experiment/experiment.h"
#include "core/training/events.h"
#include "core/training/trainer.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace halfwave::lab {

/// All that a run needs.
struct RunRequest {
  Experiment experiment;
  std::shared_ptr<const DataBundle> data;
  std::filesystem::path run_folder;
  bool resume = false;  ///< go on from the folder's checkpoint
  int snapshot_sample = 0;
};

/// How a run ended, errors included (then the state is `failed` and the message is theirs).
struct RunEnd {
  RunResult result;
  std::filesystem::path run_folder;
  bool refused = false;  ///< the request was wrong: nothing was trained
};

/// One run in a thread of its own, which also builds and destroys the trainer. Commands only leave word for
/// the trainer and return at once; one that comes before the trainer exists is kept for it.
class TrainingSession {
 public:
  /// `observer` and what `ended` touches must outlive the session. `ended` is called on the worker's thread,
  /// as its last act.
  TrainingSession(RunRequest request, Observer& observer, std::function<void()> ended);
  ~TrainingSession();  ///< stops and joins; returns at once after `ended`
  TrainingSession(const TrainingSession&) = delete;
  TrainingSession& operator=(const TrainingSession&) = delete;

  void pause();
  void resume();
  void stop();
  void set_policy(const Policy& policy);
  void set_snapshot_sample(int sample);

  const RunRequest& request() const { return request_; }
  /// Empty until the run has ended.
  std::optional<RunEnd> end() const;

 private:
  void work();
  RunEnd train();

  const RunRequest request_;
  Observer& observer_;
  std::function<void()> ended_;
  mutable std::mutex mutex_;
  Trainer* trainer_ = nullptr;  // guarded by mutex_, like all below
  bool pause_early_ = false;
  bool stop_early_ = false;
  std::optional<Policy> early_policy_;
  std::optional<int> early_sample_;
  std::optional<RunEnd> end_;
  std::thread thread_;  // last: it uses the rest
};

}  // namespace halfwave::lab
