#pragma once

#include "app/lab/event_queue.h"
#include "app/lab/run_progress.h"

namespace halfwave::lab {

class StatusStrip;
struct Views;

/// Hands the events of a run to the plots, the fields and the status bar. Every call returns at once: the
/// views draw later, each at its own pace.
class RunViews {
 public:
  RunViews(const Views& views, StatusStrip& strip) : views_(views), strip_(strip) {}

  /// Empty curves for a run of so many epochs.
  void begin(int epochs);
  /// A run goes on: its curves stay.
  void go_on(int epochs);
  void show(const EventBatch& batch);
  /// The curves of a run that was recorded.
  void show_recorded(int epochs, const std::vector<EpochEvent>& events,
                     const std::optional<SpectrumEvent>& spectrum);
  const RunProgress& progress() const { return progress_; }

 private:
  void mark(const PolicyEvent& event);

  const Views& views_;
  StatusStrip& strip_;
  RunProgress progress_;
};

}  // namespace halfwave::lab
