#pragma once

#include "app/lab/parts.h"
#include "app/lab/training_bridge.h"

#include <QObject>
#include <QString>

#include <optional>

namespace halfwave::lab {

/// Run, Pause, Stop: what they need first, what they do, and what is said when a run has ended.
class RunController : public QObject {
  Q_OBJECT
 public:
  explicit RunController(Parts parts, QObject* parent = nullptr);

  /// Trains what the document says, after loading its data if that is not there yet. What is wrong is said in
  /// the message bar.
  void run();
  /// Goes on with the last run, or with one that was opened, from its checkpoint.
  void continue_run();
  bool can_continue() const;
  /// A recorded run is shown: it is the one to go on with.
  void adopt(const QString& folder, const Experiment& experiment, RunState state);
  void pause_or_resume();
  void stop();
  /// True while a run is on, or waits for its data.
  bool busy() const { return waiting_.has_value() || parts_.bridge.active(); }
  RunState state() const { return state_; }
  int finished_epochs() const;
  bool data_ready() const;
  /// The folder of the last run; empty before the first.
  const QString& run_folder() const { return run_folder_; }

 Q_SIGNALS:
  void state_changed(halfwave::RunState state);
  void ended(const halfwave::lab::RunEnd& end);

 private:
  void prepare(RunRequest request);
  void start(RunRequest request);
  void take(const EventBatch& batch);
  void finish(const RunEnd& end);
  void set_state(RunState state);

  Parts parts_;
  RunState state_ = RunState::idle;
  std::optional<RunRequest> waiting_;  // for data
  Experiment run_experiment_;          // of run_folder_
  bool adopted_ = false;
  bool had_fault_ = false;
  QString said_problem_;
  QString run_folder_;
};

}  // namespace halfwave::lab
