#pragma once

#include "core/experiment/experiment.h"
#include "core/files/atomic_file.h"
#include "core/training/checkpoint.h"
#include "core/training/range_record.h"
#include "core/training/run_files.h"
#include "core/training/snapshots.h"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace halfwave {

/// Writes a run folder while the run goes on. With an empty path every member does nothing.
/// Steps are thinned to 20 a second and memory to 4; everything else is written as it comes. Throws RunError
/// when a file cannot be written; what was written before stays whole.
class RunRecorder {
 public:
  RunRecorder() = default;

  /// Begins a run in a new or empty folder, or goes on with the one in `folder` from `checkpoint` (nullptr:
  /// from the beginning), whose later records are dropped. Throws RequestError, one sentence, for a folder
  /// that holds something else, that already holds a run which is not resumed, or that cannot be made or
  /// written.
  static RunRecorder open(const std::filesystem::path& folder, const Experiment& experiment, bool resume,
                          const Checkpoint* checkpoint, const std::vector<std::string>& test_labels);

  /// Replaces the run's document, and what it says of the environment, after an edit of the policy.
  void experiment(const Experiment& experiment);
  void state(const StateEvent& event, const MemoryReport& memory);
  void step(const StepEvent& event);
  void epoch(const EpochEvent& event);
  void policy(const PolicyEvent& event);
  void range(const RangeEvent& event);
  void memory(const MemoryEvent& event);
  /// Kept until `write_fields`.
  void snapshot(const SnapshotEvent& event);
  void checkpoint(const Checkpoint& checkpoint);
  /// Puts the last snapshot's fields into `fields/`.
  void write_fields();

  bool enabled() const { return !folder_.empty(); }

 private:
  void write_line(const std::string& text, bool at_once);

  std::filesystem::path folder_;
  std::vector<std::string> labels_;
  AppendFile metrics_, events_;
  RangeRecord ranges_;
  std::string waiting_;  ///< lines of events.jsonl not written yet
  Throttle steps_{20.0}, memories_{4.0}, flushes_{2.0};
  std::optional<SnapshotEvent> snapshot_;
};

/// What a run folder tells.
struct RunRecord {
  Experiment experiment;
  std::vector<EpochEvent> epochs;
  /// Of the last state that was recorded; `running` also for a run whose process was killed.
  RunState state = RunState::idle;
  std::string message;
  std::optional<NonFinite> non_finite;
  std::vector<PolicyEvent> policies;       ///< every change of the policy, in order
  int steps_per_epoch = 0;                 ///< as the recorded steps tell; 0 while they do not
  double seconds = 0.0;                    ///< of training up to the last recorded epoch
  std::map<std::string, Metrics> metrics;  ///< the last evaluation
  MemoryReport memory;                     ///< only its peak
  std::vector<MemoryEvent> memory_curve;   ///< of the steps whose memory was recorded
  std::optional<RangeEvent> range;         ///< the last one
  bool has_checkpoint = false;
};

/// True if the folder looks like a run's.
bool is_run_folder(const std::filesystem::path& folder);

/// Reads a run folder, also one that is still being written: a last line without an end is left out.
/// Throws RequestError for a folder that is none.
RunRecord read_run(const std::filesystem::path& folder);

}  // namespace halfwave
