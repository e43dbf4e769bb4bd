#pragma once

#include "app/lab/compare_session.h"
#include "app/lab/drain_timer.h"

#include <QObject>

#include <memory>
#include <vector>

namespace halfwave::lab {

/// A comparison as the window sees it: commands that return at once, and the events of each run as signals in
/// the window's thread, at most 15 times a second.
class CompareBridge : public QObject {
  Q_OBJECT
 public:
  explicit CompareBridge(QObject* parent = nullptr);
  ~CompareBridge() override;

  /// Refused (false) while another comparison is active.
  bool start(CompareRequest request);
  void pause();
  void resume();
  void stop();
  void set_snapshot_sample(int sample);

  /// True from `start` until `ended` was emitted.
  bool active() const { return session_ != nullptr; }
  /// Of the active comparison; nullptr when there is none.
  std::shared_ptr<const DataBundle> data() const { return session_ ? session_->data() : nullptr; }

 Q_SIGNALS:
  void batch_ready(std::size_t run, const halfwave::lab::EventBatch& batch);
  /// After the batches of all runs.
  void drained();
  void ended(const halfwave::lab::CompareEnd& end);

 private:
  void drain();
  void finish();

  std::vector<std::unique_ptr<EventQueue>> queues_;
  std::unique_ptr<CompareSession> session_;
  DrainTimer drain_timer_{[this] { drain(); }};
};

}  // namespace halfwave::lab
