#pragma once

#include "app/lab/parts.h"
#include "app/lab/training_bridge.h"

#include <QObject>
#include <QString>

namespace halfwave::lab {

/// Run, Pause, Stop: what they need first, what they do, and what is said when a run has ended.
class RunController : public QObject {
  Q_OBJECT
 public:
  explicit RunController(Parts parts, QObject* parent = nullptr);

  /// Trains what the document says, after loading its data if that is not there yet. What is wrong is said in
  /// the message bar.
  void run();
  void pause_or_resume();
  void stop();
  /// True while a run is on, or waits for its data.
  bool busy() const { return waiting_for_data_ || parts_.bridge.active(); }
  RunState state() const { return state_; }
  int finished_epochs() const;
  bool data_ready() const;
  /// The folder of the last run; empty before the first.
  const QString& run_folder() const { return run_folder_; }

 Q_SIGNALS:
  void state_changed(halfwave::RunState state);
  void ended(const halfwave::lab::RunEnd& end);

 private:
  void start();
  void take(const EventBatch& batch);
  void finish(const RunEnd& end);
  void set_state(RunState state);

  Parts parts_;
  RunState state_ = RunState::idle;
  bool waiting_for_data_ = false;
  QString run_folder_;
  Policy last_policy_;
};

}  // namespace halfwave::lab
