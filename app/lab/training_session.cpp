#include "app/lab/training_session.h"

#include "app/lab/worker_priority.h"
#include "core/error.h"

#include <exception>
#include <utility>

namespace halfwave::lab {

TrainingSession::TrainingSession(RunRequest request, Observer& observer, std::function<void()> ended)
    : request_(std::move(request)), observer_(observer), ended_(std::move(ended)) {
  thread_ = std::thread([this] { work(); });
}

TrainingSession::~TrainingSession() {
  stop();
  thread_.join();
}

void TrainingSession::pause() {
  const std::lock_guard lock(mutex_);
  pause_early_ = true;
  if (trainer_) trainer_->pause();
}

void TrainingSession::resume() {
  const std::lock_guard lock(mutex_);
  pause_early_ = false;
  if (trainer_) trainer_->resume();
}

void TrainingSession::stop() {
  const std::lock_guard lock(mutex_);
  stop_early_ = true;
  if (trainer_) trainer_->stop();
}

void TrainingSession::set_policy(const Policy& policy) {
  const std::lock_guard lock(mutex_);
  if (trainer_) {
    trainer_->set_policy(policy);
  } else {
    early_policy_ = policy;
  }
}

void TrainingSession::set_snapshot_sample(int sample) {
  const std::lock_guard lock(mutex_);
  if (trainer_) {
    trainer_->set_snapshot_sample(sample);
  } else {
    early_sample_ = sample;
  }
}

std::optional<RunEnd> TrainingSession::end() const {
  const std::lock_guard lock(mutex_);
  return end_;
}

void TrainingSession::work() {
  run_in_background_priority();
  RunEnd end;
  try {
    end = train();
  } catch (const RequestError& error) {
    end.refused = true;
    end.result.message = error.what();
  } catch (const std::exception& error) {
    end.result.message = error.what();
  }
  if (!end.result.message.empty() && end.result.state == RunState::idle) end.result.state = RunState::failed;
  end.run_folder = request_.run_folder;
  {
    const std::lock_guard lock(mutex_);
    end_ = std::move(end);
  }
  ended_();
}

RunEnd TrainingSession::train() {
  TrainerOptions options;
  options.run_folder = request_.run_folder;
  options.resume = request_.resume;
  options.snapshot_sample = request_.snapshot_sample;
  Trainer trainer(request_.experiment, *request_.data, observer_, options);
  {
    const std::lock_guard lock(mutex_);
    trainer_ = &trainer;
    if (early_policy_) trainer.set_policy(*early_policy_);
    if (early_sample_) trainer.set_snapshot_sample(*early_sample_);
    if (pause_early_) trainer.pause();
    if (stop_early_) trainer.stop();
  }
  struct Forget {
    TrainingSession& session;
    ~Forget() {
      const std::lock_guard lock(session.mutex_);
      session.trainer_ = nullptr;
    }
  } forget{*this};
  RunEnd end;
  end.result = trainer.run();
  return end;
}

}  // namespace halfwave::lab
