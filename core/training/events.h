#pragma once

#include "core/device/memory_report.h"
#include "core/precision/policy.h"
#include "core/precision/range_histogram.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace halfwave {

/// Values of one channel on a grid, row-major. Free of LibTorch, so that a window can hold it.
struct Field {
  std::vector<int> shape;  ///< 1 to 3 axes
  std::vector<float> values;
};

enum class RunState : std::uint8_t { idle, preparing, running, paused, finished, stopped, failed };
const char* name(RunState state);

/// Where a value that is not finite was first seen.
struct NonFinite {
  std::string layer;
  std::string stage;
  bool backward = false;
  int epoch = 0;
  std::int64_t step = 0;
};

struct StateEvent {
  RunState state = RunState::idle;
  std::string message;  ///< one sentence; empty when there is nothing to say
  std::optional<NonFinite> non_finite;
  int epoch = 0;
};

/// One optimiser step.
struct StepEvent {
  std::int64_t step = 0;  ///< from 0, over the whole run
  int epoch = 0;          ///< from 0
  int step_in_epoch = 0;
  int steps_per_epoch = 0;
  double loss = 0.0;  ///< mean over the batch of the relative norm that is trained on
  double learning_rate = 0.0;
  double loss_scale = 1.0;
  bool skipped = false;  ///< the scaled gradients overflowed, so the weights were left as they were
  double seconds = 0.0;  ///< wall-clock of this step
};

struct Metrics {
  double l2 = 0.0;  ///< mean over samples of the relative L2 error
  double h1 = 0.0;  ///< mean over samples of the relative H1 error
};

/// One finished epoch. `metrics` is keyed by test set (its resolution as text) and empty where no evaluation
/// was due.
struct EpochEvent {
  int epoch = 0;  ///< from 0
  int epochs = 0;
  double train_loss = 0.0;
  std::map<std::string, Metrics> metrics;
  std::string policy;
  double seconds = 0.0;        ///< of this epoch, evaluation included
  double total_seconds = 0.0;  ///< of training so far
};

/// One test sample with the operator's answer, all in the data's own units.
struct SnapshotEvent {
  int epoch = 0;
  std::int64_t step = 0;
  int sample = 0;
  std::string test_set;
  Field input, truth, prediction;
};

/// Radially averaged power spectra of the snapshot's truth and prediction.
struct SpectrumEvent {
  std::int64_t step = 0;
  std::vector<double> wavenumber, truth, prediction;
};

/// Memory of one step: `live` is the split at the step's own peak, `peak` that of the run so far.
struct MemoryEvent {
  std::int64_t step = 0;
  MemoryReport report;
};

/// The policy changed: by the schedule, or by a person.
struct PolicyEvent {
  int epoch = 0;
  std::int64_t step = 0;
  bool by_schedule = false;
  Policy policy;
};

/// The numeric range of one stage's results in one step.
struct StageRange {
  std::size_t layer = 0;  ///< row of the policy table
  Stage stage = Stage::pointwise;
  bool backward = false;
  Format format = Format::fp32;  ///< in which the stage worked
  RangeHistogram histogram;
};

/// What a look at the numeric range found, in the order of the computation. After a step that was not finite
/// it ends with the stage where that began, and `fault` is true.
struct RangeEvent {
  int epoch = 0;
  std::int64_t step = 0;
  bool fault = false;
  std::vector<StageRange> stages;
};

/// Receives events on the trainer's thread. Events are values; an observer that needs another thread copies
/// them into its own queue and returns at once.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void on_state(const StateEvent&) {}
  virtual void on_step(const StepEvent&) {}
  virtual void on_epoch(const EpochEvent&) {}
  virtual void on_snapshot(const SnapshotEvent&) {}
  virtual void on_spectrum(const SpectrumEvent&) {}
  virtual void on_memory(const MemoryEvent&) {}
  virtual void on_policy(const PolicyEvent&) {}
  virtual void on_range(const RangeEvent&) {}
};

}  // namespace halfwave
