#include "widgets/variant_form.h"

#include "core/precision/policy.h"
#include "widgets/compare_run.h"
#include "widgets/theme.h"

#include <QButtonGroup>
#include <QCheckBox>
#include <QComboBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QRadioButton>
#include <QScrollArea>
#include <QStackedWidget>
#include <QVBoxLayout>

#include <algorithm>
#include <array>

namespace halfwave::widgets {
namespace {

constexpr std::size_t row_count = 4;
constexpr int kind_role = Qt::UserRole;
constexpr int value_role = Qt::UserRole + 1;
constexpr int choose_file_kind = 99;

QString from(std::string_view text) {
  return QString::fromUtf8(text.data(), static_cast<int>(text.size()));
}

/// The line that a variant's curves will have.
class KeyLine : public QWidget {
 public:
  KeyLine(std::size_t run, QWidget* parent) : QWidget(parent), run_(run) { setFixedSize(34, 20); }

 protected:
  void paintEvent(QPaintEvent*) override {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(compare_pen(run_, 2.4));
    painter.drawLine(QPointF(2, height() / 2.0), QPointF(width() - 2, height() / 2.0));
  }

 private:
  std::size_t run_;
};

}  // namespace

struct VariantForm::Parts {
  struct Row {
    QCheckBox* use = nullptr;
    QComboBox* policy = nullptr;
    QComboBox* engine = nullptr;
    QComboBox* stabilizer = nullptr;
    int last_policy = 0;

    VariantChoice choice() const {
      VariantChoice c;
      c.kind = static_cast<VariantChoice::Kind>(policy->currentData(kind_role).toInt());
      c.policy = policy->currentData(value_role).toString();
      c.engine = engine->currentData().toString();
      c.stabilizer = stabilizer->currentData().toString();
      c.name = c.kind == VariantChoice::Kind::table      ? VariantForm::tr("as edited")
               : c.kind == VariantChoice::Kind::file     ? QFileInfo(c.policy).completeBaseName()
               : c.kind == VariantChoice::Kind::schedule ? QStringLiteral("schedule")
                                                         : c.policy;
      if (!c.engine.isEmpty()) c.name += QStringLiteral(", ") + c.engine;
      if (!c.stabilizer.isEmpty())
        c.name += QStringLiteral(", ") +
                  (c.stabilizer == QStringLiteral("none") ? VariantForm::tr("no stabilizer") : c.stabilizer);
      return c;
    }
  };
  QComboBox* source = nullptr;
  QStackedWidget* pages = nullptr;
  std::array<Row, row_count> rows;
  QWidget* list = nullptr;
  QVBoxLayout* list_layout = nullptr;
  std::vector<QCheckBox*> listed;
  QRadioButton* in_turn = nullptr;
  QRadioButton* one_by_one = nullptr;
  QLabel* common = nullptr;
  QLabel* counted = nullptr;
  QPushButton* start = nullptr;
};

VariantForm::VariantForm(QWidget* parent) : QWidget(parent), parts_(std::make_unique<Parts>()) {
  build();
  show_kind();
}

VariantForm::~VariantForm() = default;

void VariantForm::build() {
  Parts& p = *parts_;
  auto* title = new QLabel(tr("Train variants of this experiment side by side"), this);
  title->setProperty("role", "title");
  p.common = new QLabel(this);
  p.common->setProperty("role", "hint");
  p.common->setWordWrap(true);
  p.source = new QComboBox(this);
  p.source->setObjectName(QStringLiteral("compare_template"));
  p.source->setAccessibleName(tr("Comparison"));
  p.source->setToolTip(tr("Variants of your own, or those of a shipped comparison"));
  p.source->addItem(tr("own choice"));
  auto* source_label = new QLabel(tr("Variants"), this);
  source_label->setBuddy(p.source);
  auto* head = new QHBoxLayout;
  head->addWidget(source_label);
  head->addWidget(p.source);
  head->addStretch(1);

  p.pages = new QStackedWidget(this);
  auto* own = new QWidget(p.pages);
  auto* grid = new QGridLayout(own);
  grid->setContentsMargins(0, 0, 0, 0);
  grid->setHorizontalSpacing(spacing);
  grid->setVerticalSpacing(spacing_small);
  const std::array headers = {tr("Policy"), tr("Engine"), tr("Stabilizer")};
  for (int c = 0; c < 3; ++c) {
    auto* header = new QLabel(headers[static_cast<std::size_t>(c)], own);
    header->setProperty("role", "hint");
    grid->addWidget(header, 0, c + 2);
  }
  const std::array first = {"full", "amp", "mixed", "bf16"};
  for (std::size_t k = 0; k < row_count; ++k) {
    Parts::Row& row = p.rows[k];
    const int line = static_cast<int>(k) + 1;
    row.use = new QCheckBox(tr("Variant %1").arg(k + 1), own);
    row.use->setObjectName(QStringLiteral("variant_%1").arg(k));
    row.use->setChecked(k < 3);
    row.policy = new QComboBox(own);
    row.policy->setObjectName(QStringLiteral("variant_policy_%1").arg(k));
    row.policy->setAccessibleName(tr("Policy of variant %1").arg(k + 1));
    row.policy->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    const auto add = [&](const QString& text, VariantChoice::Kind kind, const QString& value,
                         const QString& tip) {
      row.policy->addItem(text);
      const int at = row.policy->count() - 1;
      row.policy->setItemData(at, static_cast<int>(kind), kind_role);
      row.policy->setItemData(at, value, value_role);
      row.policy->setItemData(at, tip, Qt::ToolTipRole);
    };
    add(tr("the table as edited"), VariantChoice::Kind::table, {},
        tr("The policy that the experiment has now"));
    for (const std::string& preset : policy_preset_names())
      add(QString::fromStdString(preset), VariantChoice::Kind::preset, QString::fromStdString(preset),
          from(policy_preset_help(preset)));
    add(tr("schedule (25/50/25)"), VariantChoice::Kind::schedule, {}, tr("The paper's schedule"));
    row.policy->addItem(tr("from a file…"));
    row.policy->setItemData(row.policy->count() - 1, choose_file_kind, kind_role);
    row.policy->setCurrentText(QLatin1String(first[k]));
    row.last_policy = row.policy->currentIndex();
    row.engine = new QComboBox(own);
    row.engine->setObjectName(QStringLiteral("variant_engine_%1").arg(k));
    row.engine->setAccessibleName(tr("Engine of variant %1").arg(k + 1));
    row.engine->addItem(tr("the operator's"), QString());
    for (const char* engine : {"fft", "dft"})
      row.engine->addItem(QLatin1String(engine), QLatin1String(engine));
    row.stabilizer = new QComboBox(own);
    row.stabilizer->setObjectName(QStringLiteral("variant_stabilizer_%1").arg(k));
    row.stabilizer->setAccessibleName(tr("Stabilizer of variant %1").arg(k + 1));
    row.stabilizer->addItem(tr("the policy's"), QString());
    for (const Stabilizer stabilizer : all_stabilizers)
      row.stabilizer->addItem(from(name(stabilizer)), from(name(stabilizer)));
    grid->addWidget(row.use, line, 0);
    grid->addWidget(new KeyLine(k, own), line, 1);
    grid->addWidget(row.policy, line, 2);
    grid->addWidget(row.engine, line, 3);
    grid->addWidget(row.stabilizer, line, 4);
    connect(row.use, &QCheckBox::toggled, this, &VariantForm::count);
    connect(row.policy, &QComboBox::activated, this, [this, k](int index) {
      Parts::Row& changed = parts_->rows[k];
      if (changed.policy->itemData(index, kind_role).toInt() != choose_file_kind) {
        changed.last_policy = index;
        return;
      }
      changed.policy->setCurrentIndex(changed.last_policy);
      const QString file = QFileDialog::getOpenFileName(this, tr("Policy file"), {}, tr("Policies (*.json)"));
      if (!file.isEmpty()) choose_file(static_cast<int>(k), file);
    });
  }
  grid->setColumnStretch(5, 1);
  grid->setRowStretch(static_cast<int>(row_count) + 1, 1);

  auto* scroll = new QScrollArea(p.pages);
  scroll->setWidgetResizable(true);
  scroll->setFrameShape(QFrame::NoFrame);
  p.list = new QWidget;
  p.list_layout = new QVBoxLayout(p.list);
  p.list_layout->setContentsMargins(0, 0, 0, 0);
  p.list_layout->setSpacing(spacing_small);
  scroll->setWidget(p.list);
  p.pages->addWidget(own);
  p.pages->addWidget(scroll);

  p.in_turn = new QRadioButton(tr("in turn, a step each"), this);
  p.in_turn->setObjectName(QStringLiteral("compare_in_turn"));
  p.in_turn->setToolTip(tr("All runs stay in phase, so that their pictures show the same step"));
  p.in_turn->setChecked(true);
  p.one_by_one = new QRadioButton(tr("one after another"), this);
  p.one_by_one->setObjectName(QStringLiteral("compare_one_by_one"));
  p.one_by_one->setToolTip(tr("Each run has all memory to itself"));
  auto* modes = new QHBoxLayout;
  modes->addWidget(new QLabel(tr("Runs train"), this));
  modes->addWidget(p.in_turn);
  modes->addWidget(p.one_by_one);
  modes->addStretch(1);

  p.start = new QPushButton(tr("Start comparison"), this);
  p.start->setObjectName(QStringLiteral("start_comparison"));
  p.start->setDefault(true);
  p.counted = new QLabel(this);
  p.counted->setProperty("role", "hint");
  auto* foot = new QHBoxLayout;
  foot->addWidget(p.start);
  foot->addWidget(p.counted, 1);

  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(spacing_large, spacing_large, spacing_large, spacing);
  layout->setSpacing(spacing);
  layout->addWidget(title);
  layout->addWidget(p.common);
  layout->addLayout(head);
  layout->addWidget(p.pages, 1);
  layout->addLayout(modes);
  layout->addLayout(foot);

  connect(p.source, &QComboBox::currentIndexChanged, this, &VariantForm::show_kind);
  connect(p.start, &QPushButton::clicked, this, &VariantForm::start_requested);
}

void VariantForm::set_templates(const QStringList& names) {
  const QSignalBlocker quiet(parts_->source);
  while (parts_->source->count() > 1) parts_->source->removeItem(1);
  parts_->source->addItems(names);
}

void VariantForm::set_experiment(const QString& policy, const QString& common) {
  for (Parts::Row& row : parts_->rows) row.policy->setItemText(0, tr("as edited (%1)").arg(policy));
  parts_->common->setText(common);
}

void VariantForm::show_template(const std::vector<std::pair<QString, QStringList>>& variants) {
  Parts& p = *parts_;
  qDeleteAll(p.list->findChildren<QWidget*>(Qt::FindDirectChildrenOnly));
  while (QLayoutItem* item = p.list_layout->takeAt(0)) delete item;
  p.listed.clear();
  for (std::size_t k = 0; k < variants.size(); ++k) {
    const auto& [variant, settings] = variants[k];
    auto* line = new QWidget(p.list);
    auto* line_layout = new QHBoxLayout(line);
    line_layout->setContentsMargins(0, 0, 0, 0);
    auto* box = new QCheckBox(variant, line);
    box->setObjectName(QStringLiteral("template_variant_%1").arg(k));
    box->setChecked(k < row_count);
    box->setMinimumWidth(180);
    auto* what = new QLabel(
        settings.isEmpty() ? tr("the experiment itself") : settings.join(QStringLiteral("  ")), line);
    what->setProperty("role", "hint");
    what->setMinimumWidth(1);
    what->setToolTip(settings.join('\n'));
    line_layout->addWidget(box);
    line_layout->addWidget(what, 1);
    p.list_layout->addWidget(line);
    p.listed.push_back(box);
    connect(box, &QCheckBox::toggled, this, &VariantForm::count);
  }
  p.list_layout->addStretch(1);
  count();
}

void VariantForm::set_busy(bool busy) {
  parts_->start->setEnabled(!busy);
}

QString VariantForm::chosen_template() const {
  return parts_->source->currentIndex() == 0 ? QString() : parts_->source->currentText();
}

std::vector<std::size_t> VariantForm::chosen_of_template() const {
  std::vector<std::size_t> chosen;
  for (std::size_t k = 0; k < parts_->listed.size(); ++k)
    if (parts_->listed[k]->isChecked()) chosen.push_back(k);
  return chosen;
}

std::vector<VariantChoice> VariantForm::choices() const {
  std::vector<VariantChoice> chosen;
  for (const Parts::Row& row : parts_->rows)
    if (row.use->isChecked()) chosen.push_back(row.choice());
  return chosen;
}

bool VariantForm::in_turn() const {
  return parts_->in_turn->isChecked();
}

void VariantForm::choose_file(int row, const QString& file) {
  QComboBox* policy = parts_->rows.at(static_cast<std::size_t>(row)).policy;
  const int at = policy->count() - 1;  // before `from a file…`
  policy->insertItem(at, QFileInfo(file).fileName());
  policy->setItemData(at, static_cast<int>(VariantChoice::Kind::file), kind_role);
  policy->setItemData(at, file, value_role);
  policy->setItemData(at, file, Qt::ToolTipRole);
  policy->setCurrentIndex(at);
  parts_->rows.at(static_cast<std::size_t>(row)).last_policy = at;
}

void VariantForm::show_kind() {
  const QString chosen = chosen_template();
  parts_->pages->setCurrentIndex(chosen.isEmpty() ? 0 : 1);
  if (!chosen.isEmpty()) Q_EMIT template_chosen(chosen);
  count();
}

void VariantForm::count() {
  const std::size_t chosen = chosen_template().isEmpty() ? choices().size() : chosen_of_template().size();
  parts_->counted->setText(tr("%1 chosen; two to four are compared").arg(chosen));
}

}  // namespace halfwave::widgets
