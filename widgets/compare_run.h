#pragma once

#include "core/training/events.h"

#include <QPen>
#include <QString>

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace halfwave::widgets {

/// One of the runs that are trained side by side, as far as its events have told.
struct CompareRun {
  QString name;
  QString settings;       ///< what sets it apart, for tooltips
  int epochs = 0;         ///< asked for
  bool emulated = false;  ///< the policy in force is not wholly native on the device

  RunState state = RunState::idle;
  QString policy;   ///< in force
  QString message;  ///< why it has ended early; empty otherwise
  int finished_epochs = 0;
  std::int64_t step = -1;  ///< the last one done
  double loss = 0.0;
  std::map<std::string, Metrics> metrics;  ///< of the last evaluation
  std::int64_t peak_bytes = 0;
  std::optional<int> headroom;  ///< least of all stages at the last look, in bits
  QString headroom_where;
  std::shared_ptr<const SnapshotEvent> snapshot;  ///< what is shown

  void add(const StateEvent& event);
  void add(const StepEvent& event);
  void add(const EpochEvent& event);
  void add(const PolicyEvent& event);
  void add(const MemoryEvent& event);
  void add(const RangeEvent& event);

  bool has_ended() const {
    return state == RunState::finished || state == RunState::stopped || state == RunState::failed;
  }
  /// Median of the last steps under the policy in force, in seconds; 0 before the first.
  double step_seconds() const;
  /// Of a test set at its last evaluation, if there was one.
  std::optional<Metrics> metrics_of(const std::string& test_set) const;

  /// The same after so many finished epochs, so that runs are compared at equal ones.
  std::optional<Metrics> metrics_of(const std::string& test_set, int finished) const;
  int evaluated_epochs() const { return evaluated_; }

 private:
  using History = std::map<int, std::map<std::string, Metrics>>;
  std::deque<double> recent_;
  int evaluated_ = 0;                                               // finished epochs at the last evaluation
  std::shared_ptr<History> history_ = std::make_shared<History>();  // copies of a run share it
};

/// Colour and dash by which a run is known in all views.
QPen compare_pen(std::size_t run, double width = 2.0);

/// `waiting`, `training`, `overflowed` …
QString compare_state_text(const CompareRun& run);

}  // namespace halfwave::widgets
