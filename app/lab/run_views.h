#pragma once

#include "app/lab/event_queue.h"
#include "app/lab/run_progress.h"
#include "core/experiment/experiment.h"

namespace halfwave {
struct RunRecord;
}

namespace halfwave::lab {

class StatusStrip;
struct Views;

/// Hands the events of a run to the plots, the fields and the status bar. Every call returns at once: the
/// views draw later, each at its own pace.
class RunViews {
 public:
  RunViews(const Views& views, StatusStrip& strip) : views_(views), strip_(strip) {}

  /// What the next run is to do, shown until there is a run.
  void plan(const Experiment& experiment);
  /// Empty curves for a run of that experiment.
  void begin(const Experiment& experiment);
  /// A run goes on: its curves stay.
  void go_on(const Experiment& experiment);
  void show(const EventBatch& batch);
  /// The curves of a run that was recorded.
  void show_recorded(const RunRecord& record, const std::optional<SpectrumEvent>& spectrum);
  const RunProgress& progress() const { return progress_; }

 private:
  void show_schedule(const Experiment& experiment);
  /// Marks a change of the policy on everything that has a time axis.
  void mark(const PolicyEvent& event, int steps_per_epoch);

  const Views& views_;
  StatusStrip& strip_;
  RunProgress progress_;
  QString label_of(const PolicyEvent& event);

  Policy policy_;     ///< in force, for saying what a change changes
  std::string base_;  ///< the preset it is, or was edited from
  Experiment experiment_;
};

}  // namespace halfwave::lab
