#include "app/lab/policy_controller.h"

#include "app/lab/document.h"
#include "app/lab/message_bar.h"
#include "app/lab/policy_text.h"
#include "app/lab/training_bridge.h"
#include "app/lab/views.h"
#include "core/error.h"
#include "core/precision/policy_file.h"
#include "widgets/precision_table.h"
#include "widgets/schedule_editor.h"
#include "widgets/schedule_math.h"
#include "widgets/training_form.h"

#include <QComboBox>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QSettings>
#include <QSignalBlocker>
#include <QStandardItemModel>

#include <algorithm>

namespace halfwave::lab {
namespace {

constexpr auto schedule_key = "schedule";
constexpr auto custom_key = "custom";
constexpr auto last_folder_key = "files/last_folder";
constexpr auto file_filter = QT_TRANSLATE_NOOP("PolicyController", "Policies (*.json);;All files (*)");

int phase_of(const Experiment& experiment, int epoch) {
  const auto& schedule = experiment.precision.schedule;
  return schedule.empty() ? 0 : static_cast<int>(phase_at(schedule, epoch, experiment.training.epochs));
}

}  // namespace

PolicyController::PolicyController(Document& document, TrainingBridge& bridge, const Views& views,
                                   QComboBox& chooser, QObject* parent)
    : QObject(parent),
      document_(document),
      bridge_(bridge),
      table_(*views.precision),
      training_(*views.training),
      messages_(*views.messages),
      chooser_(chooser) {
  for (const std::string& preset : policy_preset_names()) {
    const QString text = QString::fromStdString(preset);
    chooser.addItem(text, text);
    const std::string_view help = policy_preset_help(preset);
    chooser.setItemData(chooser.count() - 1,
                        QString::fromUtf8(help.data(), static_cast<qsizetype>(help.size())), Qt::ToolTipRole);
  }
  chooser.addItem(tr("schedule 25/50/25"), schedule_key);
  chooser.setItemData(chooser.count() - 1,
                      tr("The paper's schedule: mixed with tanh, then an fp32 forward transform, then full"),
                      Qt::ToolTipRole);
  chooser.addItem(tr("custom"), custom_key);
  chooser.setItemData(chooser.count() - 1, tr("A preset with cells of your own"), Qt::ToolTipRole);

  connect(&chooser, &QComboBox::activated, this, &PolicyController::choose);
  connect(&table_, &widgets::PrecisionTable::policy_edited, this, &PolicyController::take);
  connect(&table_, &widgets::PrecisionTable::save_asked, this, &PolicyController::ask_save);
  connect(&table_, &widgets::PrecisionTable::load_asked, this, &PolicyController::ask_load);
  connect(training_.schedule(), &widgets::ScheduleEditor::phase_selected, this,
          &PolicyController::select_phase);
  connect(&document, &Document::replaced, this, [this] {
    phase_ = 0;
    after_run_ = false;
    show_document();
  });
  connect(&document, &Document::changed, this, [this] {
    if (!bridge_.active()) show_document();
  });
  show_document();
}

void PolicyController::show_document() {
  const Experiment& experiment = document_.experiment();
  const int phases = static_cast<int>(experiment.precision.schedule.size());
  phase_ = std::clamp(training_.schedule()->selected(), 0, std::max(0, phases - 1));
  const Policy policy = phase_policy(experiment, phase_);
  const std::string base = phase_preset(experiment.precision, phase_);
  table_.set_half(half_format(experiment.precision));
  if (!(table_.policy() == policy) || table_.base_preset() != base) table_.set_policy(policy, base);
  show_schedule();
  show_choice();
}

void PolicyController::show_schedule() {
  const auto& spec = document_.experiment().precision;
  widgets::ScheduleEditor& editor = *training_.schedule();
  editor.set_constant(spec.policy, spec.overrides);
  if (editor.schedule() != spec.schedule) editor.set_schedule(spec.schedule);
  editor.select(bridge_.active() ? running_phase_ : phase_);
}

void PolicyController::select_phase(int phase) {
  if (bridge_.active()) {
    // The table shows what is in force.
    training_.schedule()->select(running_phase_);
    return;
  }
  phase_ = phase;
  show_document();
}

void PolicyController::begin_run(const Experiment& experiment) {
  asked_.clear();
  running_ = experiment;
  running_phase_ = 0;
  in_force_ = first_policy(experiment);
  table_.set_policy(in_force_, phase_preset(experiment.precision, 0));
  show_schedule();
  show_choice();
}

void PolicyController::end_run() {
  asked_.clear();
  after_run_ = true;
  training_.schedule()->select(phase_);
  show_document();
}

void PolicyController::take(const Policy& policy) {
  clear_fault();
  if (!bridge_.active()) {
    document_.edit([&](Experiment& e) { store_policy(e.precision, phase_, policy, table_.base_preset()); });
    show_choice();
    return;
  }
  try {
    asked_.push_back(policy);
    bridge_.set_policy(policy);
  } catch (const RequestError& error) {
    asked_.pop_back();
    table_.set_policy(asked_.empty() ? in_force_ : asked_.back());
    complain(QString::fromUtf8(error.what()));
  }
  show_choice();
}

void PolicyController::choose(int index) {
  const QString key = chooser_.itemData(index).toString();
  if (key == schedule_key) {
    document_.edit([](Experiment& e) {
      if (e.precision.schedule.empty()) e.precision.schedule = paper_schedule();
    });
  } else if (key != custom_key) {
    if (!bridge_.active() && !document_.experiment().precision.schedule.empty())
      document_.edit([](Experiment& e) { e.precision.schedule.clear(); });
    table_.choose_preset(key);
  }
  show_choice();
}

void PolicyController::show_running(const PolicyEvent& event) {
  in_force_ = event.policy;
  running_phase_ = phase_of(running_, event.epoch);
  // A person's own edit is in the table already, perhaps with a later one on top.
  const auto own = std::find_if(asked_.begin(), asked_.end(), [&event](const Policy& policy) {
    return !event.by_schedule && policy.layers == event.policy.layers;
  });
  if (own != asked_.end()) asked_.erase(asked_.begin(), own + 1);
  if (asked_.empty() && table_.policy().layers != event.policy.layers)
    table_.set_policy(event.policy,
                      event.by_schedule ? phase_preset(running_.precision, running_phase_) : std::string());
  show_schedule();
  show_choice();
}

void PolicyController::show_epoch(int epoch) {
  const int phase = phase_of(running_, epoch);
  if (phase == running_phase_) return;
  running_phase_ = phase;
  in_force_ = phase_policy(running_, phase);
  if (asked_.empty()) table_.set_policy(in_force_, phase_preset(running_.precision, phase));
  show_schedule();
  show_choice();
}

QString PolicyController::title() const {
  const Experiment& experiment = bridge_.active() ? running_ : document_.experiment();
  const auto& schedule = experiment.precision.schedule;
  if (bridge_.active())
    return schedule.empty() ? tr("Precision — running; changes take effect at the next step")
                            : tr("Precision — running phase %1 of %2; changes take effect at the next step")
                                  .arg(running_phase_ + 1)
                                  .arg(schedule.size());
  if (schedule.empty()) return after_run_ ? tr("Precision — of the next run") : tr("Precision");
  const auto bounds = widgets::phase_bounds(schedule, experiment.training.epochs);
  const auto phase = static_cast<std::size_t>(phase_);
  const QString where = tr("Precision — phase %1 of %2, epochs %3")
                            .arg(phase_ + 1)
                            .arg(schedule.size())
                            .arg(widgets::epochs_text(bounds[phase], bounds[phase + 1]));
  return after_run_ ? tr("%1, of the next run").arg(where) : where;
}

void PolicyController::show_choice() {
  const auto& spec = document_.experiment().precision;
  const bool live = bridge_.active();
  QString key = QString::fromStdString(table_.base_preset());
  if (table_.is_custom()) key = custom_key;
  if (!spec.schedule.empty() && !live) key = schedule_key;
  const QSignalBlocker blocker(chooser_);
  const bool is_own = !spec.schedule.empty() && spec.schedule != paper_schedule();
  chooser_.setItemText(chooser_.findData(schedule_key),
                       is_own ? tr("schedule of its own") : tr("schedule 25/50/25"));
  chooser_.setCurrentIndex(chooser_.findData(key));
  // A schedule cannot begin in the middle of a run, and `custom` is made by clicking cells.
  if (auto* model = qobject_cast<QStandardItemModel*>(chooser_.model())) {
    model->item(chooser_.findData(schedule_key))->setEnabled(!live);
    model->item(chooser_.findData(custom_key))->setEnabled(key == custom_key);
  }
  Q_EMIT title_changed(title());
}

void PolicyController::ask_save() {
  const QString proposed = QDir(QSettings().value(last_folder_key, QDir::homePath()).toString())
                               .filePath(QString::fromStdString(table_.base_preset()) + "-policy.json");
  QString path = QFileDialog::getSaveFileName(table_.window(), tr("Save policy"), proposed, tr(file_filter));
  if (path.isEmpty()) return;
  if (QFileInfo(path).suffix().isEmpty()) path += ".json";
  save_policy_file(path);
}

void PolicyController::ask_load() {
  const QString folder = QSettings().value(last_folder_key, QDir::homePath()).toString();
  const QString path =
      QFileDialog::getOpenFileName(table_.window(), tr("Load policy"), folder, tr(file_filter));
  if (!path.isEmpty()) load_policy_file(path);
}

void PolicyController::save_policy_file(const QString& path) {
  try {
    save_policy(table_.policy(), path.toStdString());
    QSettings().setValue(last_folder_key, QFileInfo(path).absolutePath());
  } catch (const Error& error) {
    complain(QString::fromUtf8(error.what()));
  }
}

void PolicyController::load_policy_file(const QString& path) {
  try {
    const Policy policy = load_policy(path.toStdString(), table_.blocks());
    QSettings().setValue(last_folder_key, QFileInfo(path).absolutePath());
    messages_.dismiss();
    table_.set_policy(policy);
    take(table_.policy());
  } catch (const Error& error) {
    complain(QString::fromUtf8(error.what()));
  }
}

void PolicyController::complain(const QString& sentence) {
  messages_.show_message(MessageBar::Kind::warning, sentence);
}

void PolicyController::show_fault(const NonFinite& fault) {
  const Experiment& experiment = document_.experiment();
  if (!bridge_.active() && !experiment.precision.schedule.empty()) {
    training_.schedule()->select(phase_of(experiment, fault.epoch));
    show_document();
  }
  table_.set_fault(fault.layer, fault.stage);
}

void PolicyController::clear_fault() {
  table_.clear_fault();
}

}  // namespace halfwave::lab
