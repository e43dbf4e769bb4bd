#include "widgets/training_form.h"

#include "widgets/form_scroll.h"
#include "widgets/policy_text.h"
#include "widgets/schedule_editor.h"
#include "widgets/schema_form.h"
#include "widgets/theme.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QStandardItemModel>
#include <QStringList>
#include <QVBoxLayout>

#include <array>
#include <utility>

namespace halfwave::widgets {
namespace {

constexpr std::array own_paths = {
    "training.epochs",      "training.batch_size",     "training.loss",
    "training.optimizer",   "training.learning_rate",  "training.weight_decay",
    "training.lr_schedule", "training.lr_period",      "training.lr_gamma",
    "training.shuffle",     "training.evaluate_every", "training.checkpoint_every"};

/// What each choice of loss scaling means.
constexpr std::array<std::pair<const char*, const char*>, 3> scaling_tips = {{
    {"none",
     QT_TRANSLATE_NOOP("TrainingForm", "Gradients are computed as they are; small ones vanish in fp16.")},
    {"fixed",
     QT_TRANSLATE_NOOP("TrainingForm",
                       "The loss is multiplied by the loss scale, the gradients are divided by it.")},
    {"dynamic",
     QT_TRANSLATE_NOOP("TrainingForm",
                       "Begins with the loss scale, doubles it after a long time without overflow and halves "
                       "it when gradients overflow; that step is skipped.")},
}};

}  // namespace

struct TrainingForm::Impl {
  TrainingForm* self = nullptr;
  SchemaForm* form = nullptr;
  ScheduleEditor* schedule = nullptr;
  QWidget* edits_row = nullptr;
  QLabel* edits_label = nullptr;
  QPushButton* drop_edits = nullptr;
  std::vector<PolicyEdit> edits;
  std::vector<DeviceInfo> devices;

  void show_edits() {
    const int count = static_cast<int>(edits.size());
    edits_row->setVisible(count > 0);
    edits_label->setText(count == 1
                             ? TrainingForm::tr("1 edit made by hand, repeated at its step")
                             : TrainingForm::tr("%1 edits made by hand, repeated at their steps").arg(count));
    QStringList lines;
    for (const auto& edit : edits)
      lines << TrainingForm::tr("step %1: %2")
                   .arg(edit.step + 1)
                   .arg(phase_label(edit.preset, !edit.overrides.empty()));
    edits_label->setToolTip(lines.join(u'\n'));
  }

  void make_edits_row() {
    edits_row = new QWidget(self);
    edits_label = new QLabel(edits_row);
    edits_label->setObjectName(QStringLiteral("edits_label"));
    edits_label->setWordWrap(true);
    drop_edits = new QPushButton(TrainingForm::tr("Remove"), edits_row);
    drop_edits->setObjectName(QStringLiteral("remove_edits"));
    drop_edits->setToolTip(TrainingForm::tr("The next run keeps to the policy or schedule that is set up."));
    auto* line = new QHBoxLayout(edits_row);
    line->setContentsMargins(0, 0, 0, 0);
    line->addWidget(edits_label, 1);
    line->addWidget(drop_edits);
    connect(drop_edits, &QPushButton::clicked, self, [this] {
      edits.clear();
      show_edits();
      Q_EMIT self->edited();
    });
  }

  void show_devices() {
    auto* box = qobject_cast<QComboBox*>(form->editor("device"));
    const QString wanted = QString::fromStdString(form->experiment().device);
    const QSignalBlocker quiet(box);
    box->clear();
    for (const auto& device : devices) {
      const QString name = QString::fromStdString(device.name);
      box->addItem(device.available ? name : TrainingForm::tr("%1 (not available)").arg(name), name);
      const int row = box->count() - 1;
      box->setItemData(row, QString::fromStdString(device.available ? device.description : device.reason),
                       Qt::ToolTipRole);
      if (device.available) continue;
      if (auto* model = qobject_cast<QStandardItemModel*>(box->model())) model->item(row)->setEnabled(false);
    }
    if (box->findData(wanted) < 0) box->addItem(wanted, wanted);
    box->setCurrentIndex(box->findData(wanted));
  }

  void refresh() {
    const auto& e = form->experiment();
    form->set_relevant("training.lr_period", e.training.lr_schedule != "constant");
    form->set_relevant("training.lr_gamma", e.training.lr_schedule == "step");
    form->set_relevant("precision.loss_scale", e.precision.loss_scaling != "none");
    schedule->set_epochs(e.training.epochs);
  }
};

TrainingForm::TrainingForm(QWidget* parent) : QWidget(parent), impl_(std::make_unique<Impl>()) {
  setAccessibleName(tr("Training"));
  impl_->self = this;
  impl_->form = new SchemaForm(this);
  for (const char* path : own_paths) impl_->form->add_field(path);
  impl_->form->add_heading(tr("Precision over time"));
  impl_->schedule = new ScheduleEditor(this);
  impl_->form->add_block("precision.schedule", impl_->schedule);
  impl_->make_edits_row();
  impl_->form->add_block("precision.edits", impl_->edits_row);
  impl_->form->add_field("precision.loss_scaling");
  impl_->form->add_field("precision.loss_scale");
  impl_->form->add_field("precision.range_every");
  if (auto* scaling = qobject_cast<QComboBox*>(impl_->form->editor("precision.loss_scaling")))
    for (const auto& [choice, tip] : scaling_tips)
      scaling->setItemData(scaling->findData(QLatin1String(choice)), tr(tip), Qt::ToolTipRole);
  impl_->form->add_heading(tr("Run"));
  impl_->form->add_field("device");
  impl_->form->add_field("seed");
  impl_->show_edits();
  connect(impl_->form, &SchemaForm::edited, this, [this] {
    impl_->refresh();
    Q_EMIT edited();
  });
  connect(impl_->schedule, &ScheduleEditor::edited, this, &TrainingForm::edited);

  auto* page = new QWidget(this);
  auto* inside = new QVBoxLayout(page);
  inside->setContentsMargins(0, 0, 0, 0);
  inside->addWidget(impl_->form);
  inside->addStretch(1);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(new FormScroll(page, this));
  impl_->refresh();
}

TrainingForm::~TrainingForm() = default;

void TrainingForm::set_experiment(const Experiment& experiment) {
  impl_->form->set_experiment(experiment);
  impl_->schedule->set_constant(experiment.precision.policy, experiment.precision.overrides);
  impl_->schedule->set_schedule(experiment.precision.schedule);
  impl_->edits = experiment.precision.edits;
  impl_->show_edits();
  if (!impl_->devices.empty()) impl_->show_devices();
  impl_->refresh();
}

void TrainingForm::apply_to(Experiment& experiment) const {
  const auto& e = impl_->form->experiment();
  experiment.training = e.training;
  experiment.seed = e.seed;
  experiment.device = e.device;
  experiment.precision.loss_scaling = e.precision.loss_scaling;
  experiment.precision.loss_scale = e.precision.loss_scale;
  experiment.precision.range_every = e.precision.range_every;
  experiment.precision.schedule = impl_->schedule->schedule();
  experiment.precision.edits = impl_->edits;
}

void TrainingForm::set_devices(const std::vector<DeviceInfo>& devices) {
  impl_->devices = devices;
  impl_->show_devices();
}

void TrainingForm::set_problems(const std::vector<FieldProblem>& problems) {
  impl_->form->set_problems(problems);
}
bool TrainingForm::is_valid() const {
  return impl_->form->is_valid() && impl_->schedule->is_valid();
}

void TrainingForm::set_read_only(bool read_only) {
  impl_->form->set_read_only(read_only);
  // Its phases can be looked at during a run, one after the other.
  impl_->schedule->setEnabled(true);
  impl_->schedule->set_read_only(read_only);
}

ScheduleEditor* TrainingForm::schedule() const {
  return impl_->schedule;
}

}  // namespace halfwave::widgets
