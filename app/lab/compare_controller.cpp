#include "app/lab/compare_controller.h"

#include "app/lab/compare_plan.h"
#include "app/lab/data_controller.h"
#include "app/lab/data_loader.h"
#include "app/lab/document.h"
#include "app/lab/document_binding.h"
#include "app/lab/message_bar.h"
#include "app/lab/policy_text.h"
#include "app/lab/run_folders.h"
#include "app/lab/status_strip.h"
#include "app/lab/views.h"
#include "core/error.h"
#include "widgets/compare_view.h"
#include "widgets/dataset_browser.h"
#include "widgets/variant_form.h"

#include <QDir>
#include <QSaveFile>

#include <algorithm>
#include <utility>

namespace halfwave::lab {
namespace {

constexpr int first_test_set = 1;  // sets are numbered from the training set

}  // namespace

CompareController::CompareController(Parts parts, const std::vector<DeviceInfo>& devices,
                                     std::function<bool()> other_run, QObject* parent)
    : QObject(parent),
      parts_(parts),
      devices_(devices),
      other_run_(std::move(other_run)),
      view_(*parts.views.compare) {
  QStringList templates;
  for (const std::string& name : shipped_comparisons()) templates << QString::fromStdString(name);
  view_.form()->set_templates(templates);
  connect(view_.form(), &widgets::VariantForm::start_requested, this, &CompareController::start);
  connect(view_.form(), &widgets::VariantForm::template_chosen, this, &CompareController::show_template);
  connect(&parts.document, &Document::changed, this, &CompareController::show_experiment);
  connect(&parts.document, &Document::replaced, this, &CompareController::show_experiment);
  connect(&bridge_, &CompareBridge::batch_ready, this, &CompareController::take);
  connect(&bridge_, &CompareBridge::drained, this, [this] {
    note_state();
    show_progress();
    view_.refresh();
  });
  connect(&bridge_, &CompareBridge::ended, this, &CompareController::finish);
  connect(&parts.loader, &DataLoader::loaded, this, [this] {
    if (waiting_) prepare(*std::exchange(waiting_, std::nullopt));
  });
  const auto give_up = [this] {
    if (!waiting_) return;
    waiting_.reset();
    set_state(RunState::idle);
  };
  connect(&parts.loader, &DataLoader::failed, this, give_up);
  connect(&parts.loader, &DataLoader::cancelled, this, give_up);
  connect(parts.views.dataset, &widgets::DatasetBrowser::sample_shown, this, [this](int set, int sample) {
    if (set == first_test_set && bridge_.active() && bridge_.data() == parts_.loader.data())
      bridge_.set_snapshot_sample(sample);
  });
  show_experiment();
}

void CompareController::start() {
  if (busy()) return;
  if (other_run_()) return complain(tr("A run is on; stop it before a comparison starts."));
  const QString problem = parts_.binding.problem();
  if (!problem.isEmpty()) return complain(problem);
  std::optional<Plan> plan = make_plan();
  if (!plan) return;
  parts_.views.messages->dismiss();
  prepare(std::move(*plan));
}

void CompareController::prepare(Plan plan) {
  const DatasetSpec& spec = plan.spec.base.dataset;
  if (parts_.loader.has(spec)) return begin(std::move(plan));
  if (!parts_.loader.busy() || !(parts_.loader.spec() == spec)) parts_.loader.load(spec);
  waiting_ = std::move(plan);
  set_state(RunState::preparing);
}

std::optional<CompareController::Plan> CompareController::make_plan() {
  const widgets::VariantForm& form = *view_.form();
  try {
    const Experiment& experiment = parts_.document.experiment();
    const QString shipped = form.chosen_template();
    Plan plan;
    plan.spec = shipped.isEmpty()
                    ? comparison_of(experiment, form.choices())
                    : comparison_of(experiment, shipped.toStdString(), form.chosen_of_template());
    plan.runs = plan_comparison(plan.spec);
    plan.in_turn = form.in_turn();
    return plan;
  } catch (const Error& error) {
    complain(QString::fromUtf8(error.what()));
    return std::nullopt;
  }
}

void CompareController::begin(Plan plan) {
  const std::filesystem::path folder = new_run_folder(plan.spec.name + "-compare");
  folder_ = QString::fromStdString(folder.string());
  // The document, so that `halfwave compare` can repeat it.
  QSaveFile document(QDir(folder_).filePath(QStringLiteral("comparison.json")));
  const bool written = QDir().mkpath(folder_) && document.open(QIODevice::WriteOnly) &&
                       document.write(QByteArray::fromStdString(to_json(plan.spec))) >= 0 &&
                       document.commit();
  if (!written) {
    set_state(RunState::idle);
    return complain(
        tr("%1 cannot be written; choose another folder for runs in the menu File.").arg(folder_));
  }

  std::vector<widgets::CompareRun> shown;
  experiments_.clear();
  for (const ComparedRun& run : plan.runs) {
    const Variant& variant = plan.spec.variants[run.variant];
    widgets::CompareRun one;
    one.name = QString::fromStdString(variant.name);
    QStringList settings;
    for (const std::string& assignment : variant.assignments) settings << QString::fromStdString(assignment);
    one.settings = settings.isEmpty() ? tr("The experiment as it is") : settings.join('\n');
    one.epochs = run.experiment.training.epochs;
    shown.push_back(std::move(one));
    experiments_.push_back(run.experiment);
  }
  const std::string unit = parts_.loader.source().summary(0).output.unit;
  view_.begin(std::move(shown), plan.in_turn, QString::fromStdString(unit));
  for (std::size_t run = 0; run < experiments_.size(); ++run)
    for (const DeviceInfo& device : devices_)
      if (device.name == experiments_[run].device) {
        PolicyEvent first;
        first.by_schedule = true;
        first.policy = first_policy(experiments_[run]);
        view_.add(run, first, !is_native(first.policy, experiments_[run].op.engine, device));
      }
  view_.refresh();

  CompareRequest request;
  request.runs = std::move(plan.runs);
  request.data = parts_.loader.data();
  request.options.folder = folder;
  request.options.in_turn = plan.in_turn;
  request.options.snapshot_sample = parts_.data.test_sample();
  stopping_ = false;
  fractions_.assign(experiments_.size(), 0.0);
  bridge_.start(std::move(request));
  view_.set_busy(true);
  parts_.strip.set_policy(tr("%1 variants").arg(experiments_.size()));
  set_state(RunState::preparing);
}

void CompareController::pause_or_resume() {
  if (state_ == RunState::paused) {
    bridge_.resume();
  } else {
    bridge_.pause();
  }
}

void CompareController::stop() {
  if (waiting_) {
    parts_.loader.cancel();
  } else {
    stopping_ = true;
    bridge_.stop();
  }
}

void CompareController::take(std::size_t run, const EventBatch& batch) {
  for (const PolicyEvent& event : batch.policies) {
    for (const DeviceInfo& device : devices_)
      if (device.name == experiments_[run].device)
        view_.add(run, event, !is_native(event.policy, experiments_[run].op.engine, device));
  }
  const double epochs = std::max(1, experiments_[run].training.epochs);
  for (const StepEvent& event : batch.steps) {
    view_.add(run, event);
    fractions_[run] =
        (event.epoch + (event.step_in_epoch + 1.0) / std::max(1, event.steps_per_epoch)) / epochs;
  }
  for (const EpochEvent& event : batch.epochs) {
    view_.add(run, event);
    fractions_[run] = (event.epoch + 1.0) / epochs;
  }
  if (batch.memory) view_.add(run, *batch.memory);
  if (batch.snapshot) view_.add(run, *batch.snapshot);
  if (batch.range) view_.add(run, *batch.range);
  for (const StateEvent& event : batch.states) view_.add(run, event);
}

void CompareController::note_state() {
  if (!bridge_.active()) return;
  const auto& runs = view_.runs();
  const auto any = [&](RunState state) {
    return std::any_of(runs.begin(), runs.end(), [state](const auto& run) { return run.state == state; });
  };
  const RunState now = any(RunState::running)  ? RunState::running
                       : any(RunState::paused) ? RunState::paused
                                               : state_;
  if (now != state_) set_state(now);
}

void CompareController::show_progress() {
  const auto& runs = view_.runs();
  if (!bridge_.active() || runs.size() != fractions_.size()) return;
  double done = 0.0;
  int ended = 0;
  for (std::size_t run = 0; run < runs.size(); ++run) {
    ended += runs[run].has_ended();
    done += runs[run].has_ended() ? 1.0 : fractions_[run];
  }
  parts_.strip.set_work(done / static_cast<double>(runs.size()),
                        tr("%1 of %2 variants done").arg(ended).arg(runs.size()));
}

void CompareController::finish(const CompareEnd& end) {
  MessageBar& messages = *parts_.views.messages;
  std::size_t failed = 0;
  for (std::size_t run = 0; run < end.runs.size(); ++run) {
    const RunResult& result = end.runs[run].result;
    failed += result.state == RunState::failed;
    // One that could not begin has told nothing.
    if (result.state == RunState::failed && view_.runs()[run].state != RunState::failed) {
      StateEvent event;
      event.state = RunState::failed;
      event.message = result.message;
      view_.add(run, event);
    }
  }
  parts_.strip.clear_progress();
  view_.set_busy(false);
  view_.refresh();
  if (!end.problem.empty()) {
    messages.show_message(MessageBar::Kind::error, QString::fromStdString(end.problem));
  } else if (failed > 0) {
    messages.show_message(MessageBar::Kind::warning,
                          tr("%1 of %2 variants failed; the table says why. All runs are in %3.")
                              .arg(failed)
                              .arg(end.runs.size())
                              .arg(folder_));
  } else {
    messages.show_message(MessageBar::Kind::information,
                          (stopping_ ? tr("The comparison was stopped; its runs are in %1.")
                                     : tr("The comparison is finished; its runs are in %1."))
                              .arg(folder_));
  }
  set_state(!end.problem.empty() ? RunState::failed : stopping_ ? RunState::stopped : RunState::finished);
  parts_.strip.set_policy(policy_label(parts_.document.experiment().precision));
}

void CompareController::set_state(RunState state) {
  state_ = state;
  parts_.strip.set_state(state);
  Q_EMIT state_changed(state);
}

void CompareController::show_template(const QString& name) {
  std::vector<std::pair<QString, QStringList>> variants;
  try {
    for (const Variant& variant : load_comparison(name.toStdString()).variants) {
      QStringList settings;
      for (const std::string& assignment : variant.assignments)
        settings << QString::fromStdString(assignment);
      variants.emplace_back(QString::fromStdString(variant.name), settings);
    }
  } catch (const Error& error) {
    complain(QString::fromUtf8(error.what()));
  }
  view_.form()->show_template(variants);
}

void CompareController::show_experiment() {
  const Experiment& experiment = parts_.document.experiment();
  view_.form()->set_experiment(policy_label(experiment.precision), common_text(experiment));
}

void CompareController::complain(const QString& sentence) {
  parts_.views.messages->show_message(MessageBar::Kind::warning, sentence);
}

}  // namespace halfwave::lab
