#pragma once

#include "app/lab/drain_timer.h"
#include "app/lab/event_queue.h"
#include "app/lab/training_session.h"

#include <QObject>

#include <memory>

namespace halfwave::lab {

/// The trainer as the window sees it: commands that return at once, and events as signals in the window's
/// thread, at most 15 times a second.
class TrainingBridge : public QObject {
  Q_OBJECT
 public:
  explicit TrainingBridge(QObject* parent = nullptr);
  ~TrainingBridge() override;

  /// Starts a run. Refused (false) while another is active.
  bool start(RunRequest request);
  void pause();
  void resume();
  void stop();
  /// Throws RequestError for a table that does not fit the operator.
  void set_policy(const Policy& policy);
  void set_snapshot_sample(int sample);

  /// True from `start` until `ended` was emitted.
  bool active() const { return session_ != nullptr; }
  /// The state last told to the window.
  RunState state() const { return state_; }
  /// What the active run was started with. Must not be called when there is none.
  const RunRequest& request() const { return session_->request(); }

 Q_SIGNALS:
  void batch_ready(const halfwave::lab::EventBatch& batch);
  /// After the last batch. The next run may be started from here on.
  void ended(const halfwave::lab::RunEnd& end);

 private:
  void drain();
  void finish();

  std::unique_ptr<EventQueue> queue_;
  std::unique_ptr<TrainingSession> session_;
  DrainTimer drain_timer_{[this] { drain(); }};
  RunState state_ = RunState::idle;
};

}  // namespace halfwave::lab
