#include "app/lab/run_controller.h"

#include "app/lab/data_controller.h"
#include "app/lab/data_loader.h"
#include "app/lab/document.h"
#include "app/lab/document_binding.h"
#include "app/lab/message_bar.h"
#include "app/lab/policy_controller.h"
#include "app/lab/policy_text.h"
#include "app/lab/run_folders.h"
#include "app/lab/run_views.h"
#include "app/lab/status_strip.h"
#include "app/lab/views.h"
#include "core/training/run_folder.h"

#include <utility>

namespace halfwave::lab {

RunController::RunController(Parts parts, QObject* parent) : QObject(parent), parts_(parts) {
  connect(&parts.bridge, &TrainingBridge::batch_ready, this, &RunController::take);
  connect(&parts.bridge, &TrainingBridge::ended, this, &RunController::finish);
  connect(&parts.loader, &DataLoader::loaded, this, [this] {
    if (waiting_) prepare(*std::exchange(waiting_, std::nullopt));
  });
  connect(&parts.binding, &DocumentBinding::problem_changed, this, [this](const QString& problem) {
    // Once it is mended it need not be said any longer.
    const bool is_said = !said_problem_.isEmpty() && parts_.views.messages->text() == said_problem_;
    if (is_said && problem != said_problem_) parts_.views.messages->dismiss();
  });
  const auto plan = [this] { parts_.run_views.plan(parts_.document.experiment()); };
  connect(&parts.document, &Document::changed, this, plan);
  connect(&parts.document, &Document::replaced, this, plan);
  const auto give_up = [this] {
    if (!waiting_) return;
    waiting_.reset();
    set_state(RunState::idle);
  };
  connect(&parts.loader, &DataLoader::failed, this, give_up);
  connect(&parts.loader, &DataLoader::cancelled, this, give_up);
}

void RunController::run() {
  if (busy()) return;
  const QString problem = parts_.binding.problem();
  if (!problem.isEmpty()) {
    said_problem_ = problem;
    parts_.views.messages->show_message(MessageBar::Kind::warning, problem);
    return;
  }
  RunRequest request;
  request.experiment = parts_.document.experiment();
  request.run_folder = new_run_folder(request.experiment.name);
  prepare(std::move(request));
}

void RunController::continue_run() {
  if (busy() || !can_continue()) return;
  RunRequest request;
  request.experiment = run_experiment_;
  request.run_folder = run_folder_.toStdString();
  request.resume = true;
  prepare(std::move(request));
}

bool RunController::can_continue() const {
  // A run that lost its finite values would lose them again.
  const bool ended_early =
      state_ == RunState::stopped || (state_ == RunState::failed && !had_fault_) || adopted_;
  std::error_code ignored;
  return !run_folder_.isEmpty() && ended_early &&
         std::filesystem::exists(std::filesystem::path(run_folder_.toStdString()) / run_file::checkpoint,
                                 ignored);
}

void RunController::adopt(const QString& folder, const Experiment& experiment, RunState state) {
  run_folder_ = folder;
  run_experiment_ = experiment;
  had_fault_ = state == RunState::failed;
  // A run whose process was killed still says that it is running; it can go on.
  adopted_ = state != RunState::finished && state != RunState::failed;
  set_state(adopted_ ? RunState::stopped : state);
}

void RunController::prepare(RunRequest request) {
  parts_.views.messages->dismiss();
  parts_.policy.clear_fault();
  const DatasetSpec& spec = request.experiment.dataset;
  if (parts_.loader.has(spec)) {
    start(std::move(request));
    return;
  }
  if (!parts_.loader.busy() || !(parts_.loader.spec() == spec)) parts_.loader.load(spec);
  waiting_ = std::move(request);
  set_state(RunState::preparing);
}

void RunController::start(RunRequest request) {
  const Experiment experiment = request.experiment;
  request.data = parts_.loader.data();
  request.snapshot_sample = parts_.data.test_sample();
  run_folder_ = QString::fromStdString(request.run_folder.string());
  run_experiment_ = experiment;
  adopted_ = false;
  had_fault_ = false;
  if (request.resume) {
    parts_.run_views.go_on(experiment);
  } else {
    parts_.run_views.begin(experiment);
  }
  parts_.bridge.start(std::move(request));
  parts_.policy.begin_run(experiment);
  parts_.binding.set_read_only(true);
  parts_.strip.set_work(-1.0, tr("building the operator"));
  set_state(RunState::preparing);
}

void RunController::pause_or_resume() {
  if (!parts_.bridge.active()) return;
  if (state_ == RunState::paused) {
    parts_.bridge.resume();
  } else {
    parts_.bridge.pause();
  }
}

void RunController::stop() {
  if (waiting_) {
    parts_.loader.cancel();
  } else {
    parts_.bridge.stop();
  }
}

void RunController::take(const EventBatch& batch) {
  parts_.run_views.show(batch);
  for (const PolicyEvent& event : batch.policies) parts_.policy.show_running(event);
  if (!batch.steps.empty() && parts_.bridge.active()) parts_.policy.show_epoch(batch.steps.back().epoch);
  // How a run ended is told by `finish`, after the last batch.
  if (!batch.states.empty() && parts_.bridge.active()) {
    const RunState state = parts_.bridge.state();
    if (state == RunState::running || state == RunState::paused || state == RunState::preparing)
      set_state(state);
  }
}

void RunController::finish(const RunEnd& end) {
  parts_.binding.set_read_only(false);
  parts_.strip.clear_progress();
  MessageBar& messages = *parts_.views.messages;
  const RunResult& result = end.result;
  had_fault_ = result.non_finite.has_value() || end.refused;
  parts_.policy.end_run();
  if (result.non_finite) parts_.policy.show_fault(*result.non_finite);
  if (result.state == RunState::failed) {
    messages.show_message(MessageBar::Kind::error, QString::fromStdString(result.message));
  }
  set_state(result.state);
  Q_EMIT ended(end);
}

int RunController::finished_epochs() const {
  return parts_.run_views.progress().finished_epochs();
}

bool RunController::data_ready() const {
  return parts_.loader.has_data() && !parts_.loader.busy();
}

void RunController::set_state(RunState state) {
  state_ = state;
  parts_.strip.set_state(state);
  Q_EMIT state_changed(state);
}

}  // namespace halfwave::lab
