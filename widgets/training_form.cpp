#include "widgets/training_form.h"

#include "widgets/form_scroll.h"
#include "widgets/schema_form.h"
#include "widgets/theme.h"

#include <QComboBox>
#include <QStandardItemModel>
#include <QStringList>
#include <QVBoxLayout>

#include <array>

namespace halfwave::widgets {
namespace {

constexpr const char* schedule_path = "precision.schedule";
constexpr std::array own_paths = {
    "training.epochs",      "training.batch_size",     "training.loss",
    "training.optimizer",   "training.learning_rate",  "training.weight_decay",
    "training.lr_schedule", "training.lr_period",      "training.lr_gamma",
    "training.shuffle",     "training.evaluate_every", "training.checkpoint_every"};

QString phases_text(const std::vector<SchedulePhase>& phases) {
  QStringList parts;
  for (const auto& phase : phases)
    parts << TrainingForm::tr("%1 % %2%3")
                 .arg(phase.fraction * 100, 0, 'g', 4)
                 .arg(QString::fromStdString(phase.preset),
                      phase.overrides.empty() ? QString() : TrainingForm::tr(" with changes"));
  return parts.join(QStringLiteral(", "));
}

}  // namespace

struct TrainingForm::Impl {
  enum Choice { none, paper, brought };

  SchemaForm* form = nullptr;
  QComboBox* schedule = nullptr;
  std::vector<SchedulePhase> brought_phases;  ///< neither none nor the paper's
  std::vector<DeviceInfo> devices;

  std::vector<SchedulePhase> phases() const {
    switch (schedule->currentData().toInt()) {
      case paper:
        return paper_schedule();
      case brought:
        return brought_phases;
      default:
        return {};
    }
  }

  void add_choice(const QString& text, Choice choice, const QString& tip) {
    schedule->addItem(text, choice);
    schedule->setItemData(schedule->count() - 1, tip, Qt::ToolTipRole);
  }

  void show_schedule(const std::vector<SchedulePhase>& phases) {
    const bool is_paper = phases == paper_schedule();
    const QSignalBlocker quiet(schedule);
    schedule->clear();
    brought_phases.clear();
    add_choice(TrainingForm::tr("none"), none, TrainingForm::tr("One policy throughout."));
    add_choice(TrainingForm::tr("paper (25/50/25)"), paper, phases_text(paper_schedule()));
    if (!phases.empty() && !is_paper) {
      brought_phases = phases;
      add_choice(TrainingForm::tr("this experiment's (%1 phases)").arg(phases.size()), brought,
                 phases_text(phases));
    }
    schedule->setCurrentIndex(phases.empty() ? 0 : is_paper ? 1 : 2);
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
  }
};

TrainingForm::TrainingForm(QWidget* parent) : QWidget(parent), impl_(std::make_unique<Impl>()) {
  setAccessibleName(tr("Training"));
  impl_->form = new SchemaForm(this);
  for (const char* path : own_paths) impl_->form->add_field(path);
  impl_->form->add_heading(tr("Precision over time"));
  impl_->schedule = new QComboBox(this);
  impl_->schedule->setMinimumContentsLength(4);
  impl_->schedule->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  const auto* info = find_field(schedule_path);
  impl_->form->add_row(schedule_path, tr("Schedule"), impl_->schedule,
                       info ? QString::fromStdString(info->help) : QString());
  impl_->form->add_field("precision.loss_scaling");
  impl_->form->add_field("precision.loss_scale");
  impl_->form->add_heading(tr("Run"));
  impl_->form->add_field("device");
  impl_->form->add_field("seed");
  impl_->show_schedule({});
  connect(impl_->form, &SchemaForm::edited, this, [this] {
    impl_->refresh();
    Q_EMIT edited();
  });
  connect(impl_->schedule, &QComboBox::currentIndexChanged, this, &TrainingForm::edited);

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
  impl_->show_schedule(experiment.precision.schedule);
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
  experiment.precision.schedule = impl_->phases();
}

void TrainingForm::set_devices(const std::vector<DeviceInfo>& devices) {
  impl_->devices = devices;
  impl_->show_devices();
}

void TrainingForm::set_problems(const std::vector<FieldProblem>& problems) {
  impl_->form->set_problems(problems);
}
bool TrainingForm::is_valid() const {
  return impl_->form->is_valid();
}

void TrainingForm::set_read_only(bool read_only) {
  impl_->form->set_read_only(read_only);
  impl_->schedule->setEnabled(!read_only);
}

}  // namespace halfwave::widgets
