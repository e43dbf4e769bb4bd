#include "widgets/operator_form.h"

#include "core/operators/parameter_count.h"
#include "widgets/form_scroll.h"
#include "widgets/schema_form.h"
#include "widgets/theme.h"

#include <QLabel>
#include <QLocale>
#include <QVBoxLayout>

namespace halfwave::widgets {

namespace {

/// 1234567 as 1 234 567, with thin spaces.
QString grouped(std::int64_t number) {
  QString text = QString::number(number);
  for (qsizetype i = text.size() - 3; i > 0; i -= 3) text.insert(i, QChar(0x2009));
  return text;
}

}  // namespace

struct OperatorForm::Impl {
  SchemaForm* form = nullptr;
  QLabel* count = nullptr;
  int in_channels = 1;
  int out_channels = 1;

  OperatorSpec spec() const { return form->experiment().op; }

  void refresh() {
    const auto shown = spec();
    form->set_relevant("operator.channel_mlp_expansion", shown.channel_mlp);
    form->set_relevant("operator.channel_mlp_skip", shown.channel_mlp);
    const auto n = parameter_count(shown, in_channels, out_channels);
    count->setText(n > 0 ? OperatorForm::tr("%1 parameters").arg(grouped(n))
                         : OperatorForm::tr("no operator"));
    count->setToolTip(
        OperatorForm::tr("Real numbers the operator learns, for %1 input and %2 output channels; a complex "
                         "weight counts as two. Weights in fp32 take %3 MiB.")
            .arg(in_channels)
            .arg(out_channels)
            .arg(QLocale::c().toString(static_cast<double>(n) * 4 / (1024.0 * 1024.0), 'f', 2)));
  }
};

OperatorForm::OperatorForm(QWidget* parent) : QWidget(parent), impl_(std::make_unique<Impl>()) {
  setAccessibleName(tr("Operator"));
  impl_->form = new SchemaForm(this);
  for (const char* path :
       {"operator.type", "operator.modes", "operator.width", "operator.layers", "operator.engine"})
    impl_->form->add_field(path);
  impl_->form->add_heading(tr("Inside a block"));
  for (const char* path : {"operator.skip", "operator.channel_mlp", "operator.channel_mlp_expansion",
                           "operator.channel_mlp_skip"})
    impl_->form->add_field(path);
  impl_->form->add_heading(tr("Before and after the blocks"));
  for (const char* path : {"operator.grid_embedding", "operator.lifting_ratio", "operator.projection_ratio"})
    impl_->form->add_field(path);
  connect(impl_->form, &SchemaForm::edited, this, [this] {
    impl_->refresh();
    Q_EMIT edited();
  });

  impl_->count = new QLabel(this);
  impl_->count->setObjectName(QStringLiteral("parameter_count"));
  impl_->count->setProperty("role", "title");
  impl_->count->setContentsMargins(spacing, 0, spacing, spacing);

  auto* page = new QWidget(this);
  auto* inside = new QVBoxLayout(page);
  inside->setContentsMargins(0, 0, 0, 0);
  inside->setSpacing(spacing);
  inside->addWidget(impl_->form);
  inside->addWidget(impl_->count);
  inside->addStretch(1);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(new FormScroll(page, this));
  impl_->refresh();
}

OperatorForm::~OperatorForm() = default;

void OperatorForm::set_spec(const OperatorSpec& spec) {
  Experiment experiment;
  experiment.op = spec;
  impl_->form->set_experiment(experiment);
  impl_->refresh();
}

OperatorSpec OperatorForm::spec() const {
  return impl_->spec();
}

void OperatorForm::set_channels(int in_channels, int out_channels) {
  impl_->in_channels = in_channels;
  impl_->out_channels = out_channels;
  impl_->refresh();
}

void OperatorForm::set_problems(const std::vector<FieldProblem>& problems) {
  impl_->form->set_problems(problems);
}
bool OperatorForm::is_valid() const {
  return impl_->form->is_valid();
}
void OperatorForm::set_read_only(bool read_only) {
  impl_->form->set_read_only(read_only);
}

}  // namespace halfwave::widgets
