#include "app/lab/policy_controller.h"

#include "app/lab/document.h"
#include "app/lab/message_bar.h"
#include "app/lab/policy_text.h"
#include "app/lab/training_bridge.h"
#include "app/lab/views.h"
#include "core/error.h"
#include "widgets/precision_table.h"
#include "widgets/training_form.h"

#include <QComboBox>
#include <QSignalBlocker>
#include <QStandardItemModel>

namespace halfwave::lab {
namespace {

constexpr auto schedule_key = "schedule";
constexpr auto custom_key = "custom";

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
  connect(&document, &Document::replaced, this, &PolicyController::show_document);
  connect(&document, &Document::changed, this, [this] {
    if (!bridge_.active()) show_document();
  });
  show_document();
}

void PolicyController::show_document() {
  const Experiment& experiment = document_.experiment();
  const Policy policy = first_policy(experiment);
  const auto& spec = experiment.precision;
  const std::string base = spec.schedule.empty() ? spec.policy : spec.schedule.front().preset;
  table_.set_half(half_of(spec));
  if (!(table_.policy() == policy) || table_.base_preset() != base) table_.set_policy(policy, base);
  show_choice();
}

void PolicyController::take(const Policy& policy) {
  clear_fault();
  const bool live = bridge_.active();
  try {
    if (live) bridge_.set_policy(policy);
  } catch (const RequestError& error) {
    messages_.show_message(MessageBar::Kind::warning, QString::fromUtf8(error.what()));
    return;
  }
  // With a schedule, an edit during the run lasts until the next phase and is not part of the document.
  if (!live || document_.experiment().precision.schedule.empty()) {
    document_.edit([&](Experiment& e) { store_first_policy(e.precision, policy, table_.base_preset()); });
  }
  show_choice();
}

void PolicyController::choose(int index) {
  const QString key = chooser_.itemData(index).toString();
  if (key == custom_key) {
    show_choice();
    return;
  }
  if (key == schedule_key) {
    document_.edit([](Experiment& e) {
      if (e.precision.schedule.empty()) e.precision.schedule = paper_schedule();
    });
    training_.set_experiment(document_.experiment());
    return;
  }
  if (!bridge_.active() && !document_.experiment().precision.schedule.empty()) {
    document_.edit([](Experiment& e) { e.precision.schedule.clear(); });
    training_.set_experiment(document_.experiment());
  }
  table_.choose_preset(key);
  show_choice();
}

void PolicyController::show_running(const PolicyEvent& event) {
  // A person's own edit is in the table already, perhaps with a later one on top.
  if (event.by_schedule && table_.policy().layers != event.policy.layers) table_.set_policy(event.policy);
  show_choice();
}

void PolicyController::show_choice() {
  const auto& spec = document_.experiment().precision;
  const bool live = bridge_.active();
  QString key = QString::fromStdString(table_.base_preset());
  if (table_.is_custom()) key = custom_key;
  QString title = tr("Precision");
  if (!spec.schedule.empty()) {
    key = schedule_key;
    if (!live) {
      title = tr("Precision — phase 1 of %1, the first %2 % of the epochs")
                  .arg(spec.schedule.size())
                  .arg(spec.schedule.front().fraction * 100);
    }
  }
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
  Q_EMIT title_changed(title);
}

void PolicyController::show_fault(const NonFinite& fault) {
  table_.set_fault(fault.layer, fault.stage);
}

void PolicyController::clear_fault() {
  table_.clear_fault();
}

}  // namespace halfwave::lab
