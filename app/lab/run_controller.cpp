#include "app/lab/run_controller.h"

#include "app/lab/cure.h"
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

#include <QDir>

namespace halfwave::lab {

RunController::RunController(Parts parts, QObject* parent) : QObject(parent), parts_(parts) {
  connect(&parts.bridge, &TrainingBridge::batch_ready, this, &RunController::take);
  connect(&parts.bridge, &TrainingBridge::ended, this, &RunController::finish);
  connect(&parts.loader, &DataLoader::loaded, this, [this] {
    if (!waiting_for_data_) return;
    waiting_for_data_ = false;
    start();
  });
  const auto give_up = [this] {
    if (!waiting_for_data_) return;
    waiting_for_data_ = false;
    set_state(RunState::idle);
  };
  connect(&parts.loader, &DataLoader::failed, this, give_up);
  connect(&parts.loader, &DataLoader::cancelled, this, give_up);
}

void RunController::run() {
  if (busy()) return;
  const QString problem = parts_.binding.problem();
  if (!problem.isEmpty()) {
    parts_.views.messages->show_message(MessageBar::Kind::warning, problem);
    return;
  }
  parts_.views.messages->dismiss();
  parts_.policy.clear_fault();
  const DatasetSpec& spec = parts_.document.experiment().dataset;
  set_state(RunState::preparing);
  if (parts_.loader.has(spec)) {
    start();
    return;
  }
  waiting_for_data_ = true;
  if (!parts_.loader.busy() || !(parts_.loader.spec() == spec)) parts_.loader.load(spec);
}

void RunController::start() {
  const Experiment& experiment = parts_.document.experiment();
  RunRequest request;
  request.experiment = experiment;
  request.data = parts_.loader.data();
  request.run_folder = new_run_folder(experiment.name);
  request.snapshot_sample = parts_.data.test_sample();
  run_folder_ = QString::fromStdString(request.run_folder.string());
  last_policy_ = first_policy(experiment);
  parts_.run_views.begin(experiment.training.epochs);
  parts_.bridge.start(std::move(request));
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
  if (waiting_for_data_) {
    parts_.loader.cancel();
  } else {
    parts_.bridge.stop();
  }
}

void RunController::take(const EventBatch& batch) {
  parts_.run_views.show(batch);
  for (const PolicyEvent& event : batch.policies) {
    last_policy_ = event.policy;
    parts_.policy.show_running(event);
  }
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
  if (result.non_finite) {
    parts_.policy.show_fault(*result.non_finite);
    const QString where = QString::fromStdString(describe(*result.non_finite, last_policy_));
    const QString help =
        QString::fromStdString(cure(*result.non_finite, last_policy_, parts_.document.experiment()));
    messages.show_message(MessageBar::Kind::error,
                          tr("The first value that was not finite arose in %1. %2").arg(where, help));
  } else if (result.state == RunState::failed) {
    messages.show_message(MessageBar::Kind::error, QString::fromStdString(result.message));
  } else {
    parts_.policy.show_document();
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
