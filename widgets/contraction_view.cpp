#include "widgets/contraction_view.h"

#include "core/error.h"
#include "core/spectral/mode_layout.h"
#include "widgets/contraction_table.h"
#include "widgets/format_text.h"
#include "widgets/plot_ticker.h"
#include "widgets/theme.h"

#include <QButtonGroup>
#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFontDatabase>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QSplitter>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace halfwave::widgets {
namespace {

constexpr int typed_einsum = static_cast<int>(all_weight_forms.size());  // the button after the forms

QString whole(double value) {
  return QLocale(QLocale::English).toString(value, 'f', 0);
}

QString listed(const std::vector<std::int64_t>& numbers, const QString& between) {
  QStringList texts;
  for (const std::int64_t n : numbers) texts << QString::number(n);
  return texts.join(between);
}

QString percent(double share) {
  return ContractionView::tr("%1 %").arg(plain_number(100.0 * share, 3));
}

/// `0.42 times the FLOPs`.
QString times(double ratio, const QString& of) {
  return ContractionView::tr("%1 times %2").arg(plain_number(ratio, 3), of);
}

}  // namespace

struct ContractionView::Parts {
  OperatorSpec op;
  int batch = 16;
  QButtonGroup* forms = nullptr;
  QWidget* rank_row = nullptr;
  QDoubleSpinBox* rank = nullptr;
  QComboBox* format = nullptr;
  QCheckBox* complex = nullptr;
  QWidget* typed_row = nullptr;
  QLineEdit* expression = nullptr;
  QLineEdit* sizes = nullptr;
  QLabel* einsum = nullptr;
  QLabel* facts = nullptr;
  QLabel* problem = nullptr;
  QLabel* verdict = nullptr;
  QSplitter* tables = nullptr;
  std::array<ContractionTable*, all_plan_strategies.size()> table{};

  bool is_typed() const { return forms->checkedId() == typed_einsum; }
};

ContractionView::ContractionView(QWidget* parent) : QWidget(parent), parts_(std::make_unique<Parts>()) {
  build();
  replan();
}

ContractionView::~ContractionView() = default;

void ContractionView::build() {
  Parts& p = *parts_;
  auto* tools = new QHBoxLayout;
  tools->setSpacing(spacing_small);
  tools->addWidget(new QLabel(tr("Weights"), this));
  p.forms = new QButtonGroup(this);
  const auto add_form = [&](int id, const QString& text, const QString& tip) {
    auto* button = new QToolButton(this);
    button->setText(text);
    button->setToolTip(tip);
    button->setCheckable(true);
    button->setProperty("segment", true);
    button->setObjectName(QStringLiteral("form_%1").arg(id));
    p.forms->addButton(button, id);
    tools->addWidget(button);
  };
  const std::array tips = {
      tr("One tensor: in × out × modes"), tr("A sum of products of vectors, one an axis"),
      tr("A small core, and a matrix an axis"), tr("A chain of small tensors, one an axis")};
  for (std::size_t k = 0; k < all_weight_forms.size(); ++k) {
    const std::string_view text = name(all_weight_forms[k]);
    add_form(static_cast<int>(k),
             k == 0 ? tr("Dense") : QString::fromLatin1(text.data(), static_cast<int>(text.size())), tips[k]);
  }
  add_form(typed_einsum, tr("Einsum"), tr("Any expression of up to 8 operands"));
  p.forms->button(static_cast<int>(WeightForm::cp))->setChecked(true);

  p.rank_row = new QWidget(this);
  auto* rank_layout = new QHBoxLayout(p.rank_row);
  rank_layout->setContentsMargins(spacing_large, 0, 0, 0);
  p.rank = new QDoubleSpinBox(p.rank_row);
  p.rank->setObjectName(QStringLiteral("rank"));
  p.rank->setRange(0.05, 1.0);
  p.rank->setSingleStep(0.05);
  p.rank->setDecimals(2);
  p.rank->setValue(0.1);
  p.rank->setAccessibleName(tr("Rank, as a share of the dense weight's parameters"));
  p.rank->setToolTip(
      tr("Parameters as a share of the dense weight's, as neuraloperator counts a rank below 1"));
  auto* rank_label = new QLabel(tr("Rank"), p.rank_row);
  rank_label->setBuddy(p.rank);
  rank_layout->addWidget(rank_label);
  rank_layout->addWidget(p.rank);
  tools->addWidget(p.rank_row);

  tools->addSpacing(spacing_large);
  auto* format_label = new QLabel(tr("Format"), this);
  p.format = new QComboBox(this);
  p.format->setObjectName(QStringLiteral("format"));
  p.format->setAccessibleName(tr("Format of the numbers"));
  for (const Format format : all_formats) {
    const std::string_view text = name(format);
    p.format->addItem(QString::fromLatin1(text.data(), static_cast<int>(text.size())));
    p.format->setItemData(p.format->count() - 1, format_brief(format), Qt::ToolTipRole);
  }
  p.format->setCurrentIndex(static_cast<int>(Format::fp16));
  format_label->setBuddy(p.format);
  p.complex = new QCheckBox(tr("Complex"), this);
  p.complex->setChecked(true);
  p.complex->setToolTip(tr("Two numbers an element, and 8 operations instead of 2 a multiply-add"));
  tools->addWidget(format_label);
  tools->addWidget(p.format);
  tools->addWidget(p.complex);
  tools->addStretch(1);

  p.typed_row = new QWidget(this);
  auto* typed_layout = new QHBoxLayout(p.typed_row);
  typed_layout->setContentsMargins(0, 0, 0, 0);
  const QFont fixed = QFontDatabase::systemFont(QFontDatabase::FixedFont);
  const auto add_edit = [&](const QString& text, const char* id, const QString& value, int stretch) {
    auto* label = new QLabel(text, p.typed_row);
    auto* edit = new QLineEdit(value, p.typed_row);
    edit->setObjectName(QLatin1String(id));
    edit->setAccessibleName(text);
    edit->setFont(fixed);
    label->setBuddy(edit);
    typed_layout->addWidget(label);
    typed_layout->addWidget(edit, stretch);
    connect(edit, &QLineEdit::textChanged, this, &ContractionView::replan);
    return edit;
  };
  p.expression = add_edit(tr("Expression"), "expression", QStringLiteral("bixy,ir,or,xr,yr,r->boxy"), 3);
  p.sizes = add_edit(tr("Sizes"), "sizes", QStringLiteral("b=16 i=32 o=32 x=16 y=9 r=64"), 3);

  p.einsum = new QLabel(this);
  p.einsum->setFont(fixed);
  p.einsum->setTextInteractionFlags(Qt::TextSelectableByMouse);
  p.facts = new QLabel(this);
  p.facts->setObjectName(QStringLiteral("facts"));
  p.facts->setWordWrap(true);
  p.problem = new QLabel(this);
  p.problem->setObjectName(QStringLiteral("problem"));
  p.problem->setProperty("role", "problem");
  p.problem->setWordWrap(true);
  p.verdict = new QLabel(this);
  p.verdict->setObjectName(QStringLiteral("verdict"));
  p.verdict->setWordWrap(true);

  p.tables = new QSplitter(Qt::Horizontal, this);
  p.tables->setChildrenCollapsible(false);
  p.tables->setHandleWidth(spacing_large);
  for (ContractionTable*& table : p.table) {
    table = new ContractionTable(p.tables);
    p.tables->addWidget(table);
  }

  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(spacing_large, spacing, spacing_large, spacing);
  layout->setSpacing(spacing);
  layout->addLayout(tools);
  layout->addWidget(p.typed_row);
  layout->addWidget(p.einsum);
  layout->addWidget(p.facts);
  layout->addWidget(p.problem);
  layout->addWidget(p.tables, 1);
  layout->addWidget(p.verdict);

  connect(p.forms, &QButtonGroup::idToggled, this, [this](int, bool on) {
    if (on) replan();
  });
  connect(p.rank, &QDoubleSpinBox::valueChanged, this, &ContractionView::replan);
  connect(p.format, &QComboBox::currentIndexChanged, this, &ContractionView::replan);
  connect(p.complex, &QCheckBox::toggled, this, &ContractionView::replan);
}

void ContractionView::set_layer(const OperatorSpec& op, int batch) {
  parts_->op = op;
  parts_->batch = batch;
  replan();
}
void ContractionView::set_form(WeightForm form) {
  parts_->forms->button(static_cast<int>(form))->setChecked(true);
}
void ContractionView::set_rank(double share) {
  parts_->rank->setValue(share);
}
void ContractionView::set_format(Format format) {
  parts_->format->setCurrentIndex(static_cast<int>(format));
}
void ContractionView::set_einsum(const QString& expression, const QString& sizes) {
  parts_->forms->button(typed_einsum)->setChecked(true);
  parts_->expression->setText(expression);
  parts_->sizes->setText(sizes);
}
ContractionTable* ContractionView::table(PlanStrategy strategy) const {
  return parts_->table[static_cast<std::size_t>(strategy)];
}
QString ContractionView::problem() const {
  return parts_->problem->text();
}
QString ContractionView::facts() const {
  return parts_->facts->text();
}

void ContractionView::replan() {
  Parts& p = *parts_;
  const bool typed = p.is_typed();
  p.typed_row->setVisible(typed);
  p.complex->setVisible(typed);
  const bool dense = p.forms->checkedId() == static_cast<int>(WeightForm::dense);
  p.rank_row->setEnabled(!typed && !dense);
  p.einsum->setVisible(!typed);
  QString problem;
  try {
    ContractionRequest request;
    request.format = static_cast<Format>(p.format->currentIndex());
    QStringList operands;
    if (typed) {
      request.expression = p.expression->text().toStdString();
      request.sizes = parse_index_sizes(p.sizes->text().toStdString());
      request.complex = p.complex->isChecked();
      p.facts->setText(tr("One letter an index; an index that the output lacks is summed over."));
    } else {
      const auto form = static_cast<WeightForm>(p.forms->checkedId());
      const WeightContraction c =
          weight_contraction(form, p.batch, p.op.width, p.op.width, kept_modes(p.op.modes), p.rank->value());
      request.expression = c.expression;
      request.sizes = c.sizes;
      for (const std::string& operand : c.operands) operands << QString::fromStdString(operand);
      QStringList sizes;
      for (const auto& [index, size] : c.sizes) sizes << QStringLiteral("%1=%2").arg(QChar(index)).arg(size);
      p.einsum->setText(QString::fromStdString(c.expression) + QStringLiteral("    ") +
                        sizes.join(QChar(' ')));
      const QString weight =
          tr("Weight in × out × modes: %1").arg(listed(c.weight_shape, QStringLiteral(" × ")));
      if (dense)
        p.facts->setText(
            tr("%1, %2 complex numbers. A dense weight is one step: there is no order to choose.")
                .arg(weight, whole(c.parameters)));
      else
        p.facts->setText(tr("%1. Rank %2: %3 complex numbers, %4 of the dense weight's %5. "
                            "Only planned here: the operator trains with dense weights.")
                             .arg(weight, listed(c.ranks, QStringLiteral(", ")), whole(c.parameters),
                                  percent(c.parameters / c.dense_parameters), whole(c.dense_parameters)));
    }
    std::array<std::shared_ptr<const ContractionPlan>, all_plan_strategies.size()> plans;
    ContractionTable::Scale most;
    for (std::size_t k = 0; k < plans.size(); ++k) {
      request.strategy = all_plan_strategies[k];
      plans[k] = plan_cache().get(request);
      most.bytes = std::max(most.bytes, plans[k]->largest_step().bytes);
      for (const ContractionStep& step : plans[k]->steps) most.flops = std::max(most.flops, step.flops);
    }
    for (std::size_t k = 0; k < plans.size(); ++k) p.table[k]->set_plan(*plans[k], operands, most);
    const ContractionPlan &greedy = *plans[0], &optimal = *plans[1];
    p.verdict->setText(
        optimal.flops == greedy.flops && optimal.peak_bytes == greedy.peak_bytes
            ? tr("Both orders cost the same.")
            : tr("The order of fewest FLOPs needs %1 and %2 of the order that is greedy by memory.")
                  .arg(times(optimal.flops / greedy.flops, tr("the FLOPs")),
                       times(optimal.peak_bytes / greedy.peak_bytes, tr("the peak memory"))));
  } catch (const Error& error) {
    problem = QString::fromUtf8(error.what());
    for (ContractionTable* table : p.table) table->clear();
  }
  p.problem->setText(problem);
  p.problem->setVisible(!problem.isEmpty());
  p.facts->setVisible(problem.isEmpty());
  p.verdict->setVisible(problem.isEmpty());
}

}  // namespace halfwave::widgets
