#include "app/lab/compare_session.h"

#include "app/lab/worker_priority.h"

#include <exception>
#include <utility>

namespace halfwave::lab {

CompareSession::CompareSession(CompareRequest request, std::vector<std::unique_ptr<EventQueue>>& queues,
                               std::function<void()> ended)
    : data_(std::move(request.data)),
      comparison_(
          std::move(request.runs), *data_, [&queues](std::size_t run) { return queues[run].get(); },
          std::move(request.options)),
      ended_(std::move(ended)) {
  thread_ = std::thread([this] { work(); });
}

CompareSession::~CompareSession() {
  stop();
  thread_.join();
}

void CompareSession::pause() {
  comparison_.pause();
}
void CompareSession::resume() {
  comparison_.resume();
}
void CompareSession::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  comparison_.stop();
}
void CompareSession::set_snapshot_sample(int sample) {
  comparison_.set_snapshot_sample(sample);
}

std::optional<CompareEnd> CompareSession::end() const {
  const std::lock_guard lock(mutex_);
  return end_;
}

void CompareSession::work() {
  // The runs' own threads are made here and inherit it.
  run_in_background_priority();
  CompareEnd end;
  try {
    end.runs = comparison_.run();
  } catch (const std::exception& error) {
    end.problem = error.what();
  }
  {
    const std::lock_guard lock(mutex_);
    end.stopped = stopped_;
    end_ = std::move(end);
  }
  ended_();
}

}  // namespace halfwave::lab
