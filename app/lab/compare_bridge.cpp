#include "app/lab/compare_bridge.h"

#include <utility>

namespace halfwave::lab {

CompareBridge::CompareBridge(QObject* parent) : QObject(parent) {}

CompareBridge::~CompareBridge() {
  session_.reset();  // before the queues that it fills
}

bool CompareBridge::start(CompareRequest request) {
  if (active()) return false;
  queues_.clear();
  for (std::size_t k = 0; k < request.runs.size(); ++k)
    queues_.push_back(std::make_unique<EventQueue>([this] {
      QMetaObject::invokeMethod(
          this, [this] { drain_timer_.schedule(); }, Qt::QueuedConnection);
    }));
  session_ = std::make_unique<CompareSession>(std::move(request), queues_, [this] {
    QMetaObject::invokeMethod(this, &CompareBridge::finish, Qt::QueuedConnection);
  });
  return true;
}

void CompareBridge::pause() {
  if (session_) session_->pause();
}
void CompareBridge::resume() {
  if (session_) session_->resume();
}
void CompareBridge::stop() {
  if (session_) session_->stop();
}
void CompareBridge::set_snapshot_sample(int sample) {
  if (session_) session_->set_snapshot_sample(sample);
}

void CompareBridge::drain() {
  for (std::size_t run = 0; run < queues_.size(); ++run) {
    const EventBatch batch = queues_[run]->take();
    if (!batch.empty()) Q_EMIT batch_ready(run, batch);
  }
  Q_EMIT drained();
}

void CompareBridge::finish() {
  drain_timer_.drain_now();
  const CompareEnd end = session_->end().value_or(CompareEnd{});
  session_.reset();
  Q_EMIT ended(end);
}

}  // namespace halfwave::lab
