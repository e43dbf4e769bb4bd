#include "app/lab/training_bridge.h"

#include <utility>

namespace halfwave::lab {

TrainingBridge::TrainingBridge(QObject* parent) : QObject(parent) {
  queue_ = std::make_unique<EventQueue>([this] {
    QMetaObject::invokeMethod(
        this, [this] { drain_timer_.schedule(); }, Qt::QueuedConnection);
  });
}

TrainingBridge::~TrainingBridge() = default;

bool TrainingBridge::start(RunRequest request) {
  if (active()) return false;
  queue_->take();
  state_ = RunState::preparing;
  session_ = std::make_unique<TrainingSession>(std::move(request), *queue_, [this] {
    QMetaObject::invokeMethod(this, &TrainingBridge::finish, Qt::QueuedConnection);
  });
  return true;
}

void TrainingBridge::pause() {
  if (session_) session_->pause();
}
void TrainingBridge::resume() {
  if (session_) session_->resume();
}
void TrainingBridge::stop() {
  if (session_) session_->stop();
}
void TrainingBridge::set_policy(const Policy& policy) {
  if (session_) session_->set_policy(policy);
}
void TrainingBridge::set_snapshot_sample(int sample) {
  if (session_) session_->set_snapshot_sample(sample);
}

void TrainingBridge::drain() {
  const EventBatch batch = queue_->take();
  if (batch.empty()) return;
  if (!batch.states.empty()) state_ = batch.states.back().state;
  Q_EMIT batch_ready(batch);
}

void TrainingBridge::finish() {
  drain_timer_.drain_now();
  // The worker has nothing left to do but return, so joining it here takes no time worth speaking of.
  const RunEnd end = session_->end().value_or(RunEnd{});
  session_.reset();
  state_ = end.result.state;
  Q_EMIT ended(end);
}

}  // namespace halfwave::lab
