#include "widgets/contraction_table.h"

#include "widgets/plot_style.h"
#include "widgets/plot_ticker.h"
#include "widgets/theme.h"

#include <QApplication>
#include <QClipboard>
#include <QFontDatabase>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QTableWidget>
#include <QVBoxLayout>

#include <algorithm>
#include <array>
#include <utility>

namespace halfwave::widgets {
namespace {

enum Column { number, contracts, shape, elements, bytes, work, peak, column_count };
constexpr int share_role = Qt::UserRole + 1;
constexpr int largest_role = Qt::UserRole + 2;

/// Draws the size of a result as a bar with its number over it.
class BarDelegate : public QStyledItemDelegate {
 public:
  using QStyledItemDelegate::QStyledItemDelegate;

  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
    QStyleOptionViewItem plain = option;
    initStyleOption(&plain, index);
    const QString text = std::exchange(plain.text, QString());
    QApplication::style()->drawControl(QStyle::CE_ItemViewItem, &plain, painter, option.widget);
    const ThemeColours& colours = theme_colours();
    const bool largest = index.data(largest_role).toBool();
    const QRect room = option.rect.adjusted(3, 4, -3, -4);
    QRect bar = room;
    bar.setWidth(std::max(2, static_cast<int>(room.width() * index.data(share_role).toDouble())));
    const QColor colour = largest ? colours.warning : colours.accent;
    painter->save();
    painter->fillRect(bar, blend(colour, colours.panel, largest ? 0.55 : 0.4));
    painter->setPen(QPen(colour, 1));
    painter->drawRect(bar.adjusted(0, 0, -1, -1));
    painter->setFont(plain.font);
    painter->setPen(colours.text);
    painter->drawText(room.adjusted(6, 0, -4, 0), Qt::AlignVCenter | Qt::AlignLeft, text);
    painter->restore();
  }
};

QString whole(double value) {
  return value < 9e15 ? QLocale(QLocale::English).toString(static_cast<qlonglong>(value))
                      : plain_number(value);
}

struct WorkUnit {
  const char* name = "FLOP";
  double size = 1.0;
};

WorkUnit work_unit(double flops) {
  WorkUnit best;
  for (const WorkUnit& unit : {WorkUnit{"kFLOP", 1e3}, {"MFLOP", 1e6}, {"GFLOP", 1e9}, {"TFLOP", 1e12}})
    if (flops >= unit.size) best = unit;
  return best;
}

QString in_mebibytes(double bytes) {
  return plain_number(bytes / (1024.0 * 1024.0));
}

QString spaced(const std::string& indices) {
  return indices.empty() ? ContractionTable::tr("scalar") : QString::fromStdString(indices);
}

}  // namespace

QString mebibytes_text(double bytes) {
  return ContractionTable::tr("%1 MiB").arg(in_mebibytes(bytes));
}

QString flops_text(double flops) {
  const WorkUnit unit = work_unit(flops);
  return plain_number(flops / unit.size) + QChar(' ') + QLatin1String(unit.name);
}

ContractionTable::ContractionTable(QWidget* parent)
    : QWidget(parent), title_(new QLabel(this)), totals_(new QLabel(this)), table_(new QTableWidget(this)) {
  title_->setProperty("role", "title");
  totals_->setProperty("role", "hint");
  totals_->setWordWrap(true);
  table_->setColumnCount(column_count);
  table_->setHorizontalHeaderLabels({QStringLiteral("#"), tr("Contracts"), tr("Result"), tr("Elements"),
                                     tr("Size\nMiB"), tr("Work\nFLOP"), tr("Peak\nMiB")});
  const std::array tips = {tr("Step"),
                           tr("Indices of the two that are contracted, and of their result"),
                           tr("Shape of the result"),
                           tr("Numbers in the result"),
                           tr("Bytes of the result in the chosen format; bars of both orders share a scale"),
                           tr("Floating-point operations of this step"),
                           tr("The most that intermediate results have held together so far")};
  for (int c = 0; c < column_count; ++c)
    table_->horizontalHeaderItem(c)->setToolTip(tips[static_cast<std::size_t>(c)]);
  table_->setItemDelegateForColumn(bytes, new BarDelegate(table_));
  table_->setEditTriggers(QAbstractItemView::NoEditTriggers);
  table_->setSelectionBehavior(QAbstractItemView::SelectRows);
  table_->setSelectionMode(QAbstractItemView::SingleSelection);
  table_->setTabKeyNavigation(false);
  table_->setWordWrap(false);
  table_->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
  table_->verticalHeader()->hide();
  table_->verticalHeader()->setDefaultSectionSize(28);
  QHeaderView* header = table_->horizontalHeader();
  header->setHighlightSections(false);
  header->setSectionResizeMode(QHeaderView::ResizeToContents);
  header->setSectionResizeMode(bytes, QHeaderView::Stretch);
  header->setMinimumSectionSize(28);

  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(spacing_small);
  layout->addWidget(title_);
  layout->addWidget(totals_);
  layout->addWidget(table_, 1);
}

void ContractionTable::set_plan(const ContractionPlan& plan, const QStringList& operands,
                                const Scale& scale) {
  const QString strategy =
      plan.strategy == PlanStrategy::greedy_memory ? tr("Greedy by memory") : tr("Optimal FLOPs");
  title_->setText(strategy);
  table_->setAccessibleName(tr("Steps, %1").arg(strategy));
  const QString count = plan.steps.size() == 1 ? tr("1 step") : tr("%1 steps").arg(plan.steps.size());
  totals_->setText(
      tr("%1 · %2 · peak %3 · all results %4")
          .arg(count, flops_text(plan.flops), mebibytes_text(plan.peak_bytes), mebibytes_text(plan.bytes)));
  const WorkUnit unit = work_unit(scale.flops);
  table_->horizontalHeaderItem(work)->setText(tr("Work\n%1").arg(QLatin1String(unit.name)));
  const auto named = [&](std::size_t operand) {
    if (operand < static_cast<std::size_t>(operands.size())) return operands[static_cast<int>(operand)];
    const std::size_t given = plan.einsum.operands.size();
    return operand < given ? tr("operand %1").arg(operand + 1)
                           : tr("result of step %1").arg(operand - given + 1);
  };
  table_->setRowCount(static_cast<int>(plan.steps.size()));
  double running = 0.0;
  for (std::size_t k = 0; k < plan.steps.size(); ++k) {
    const ContractionStep& step = plan.steps[k];
    const bool largest = k == plan.largest && plan.steps.size() > 1;
    running = std::max(running, step.live_bytes);
    QStringList terms, names, axes;
    for (const std::string& term : step.terms) terms << spaced(term);
    for (const std::size_t operand : step.operands) names << named(operand);
    for (const std::int64_t axis : step.shape) axes << QString::number(axis);
    const std::array<QString, column_count> texts = {
        QString::number(k + 1),
        terms.join(QStringLiteral(" · ")) + QStringLiteral(" → ") + spaced(step.result),
        axes.isEmpty() ? tr("1 number") : axes.join(QStringLiteral("×")),
        whole(step.elements),
        largest ? tr("%1  largest").arg(in_mebibytes(step.bytes)) : in_mebibytes(step.bytes),
        plain_number(step.flops / unit.size),
        in_mebibytes(running)};
    for (int c = 0; c < column_count; ++c) {
      auto* item = new QTableWidgetItem(texts[static_cast<std::size_t>(c)]);
      const bool is_text = c == contracts || c == shape || c == bytes;
      item->setTextAlignment(Qt::AlignVCenter | (is_text ? Qt::AlignLeft : Qt::AlignRight));
      item->setToolTip(names.join(tr(" with ")));
      if (c == contracts) item->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
      if (largest) {
        QFont font = item->font();
        font.setBold(true);
        item->setFont(font);
      }
      item->setData(share_role, scale.bytes > 0.0 ? std::clamp(step.bytes / scale.bytes, 0.0, 1.0) : 0.0);
      item->setData(largest_role, largest);
      table_->setItem(static_cast<int>(k), c, item);
    }
  }
}

void ContractionTable::clear() {
  title_->clear();
  totals_->clear();
  table_->setRowCount(0);
}

QString ContractionTable::totals() const {
  return totals_->text();
}

void ContractionTable::keyPressEvent(QKeyEvent* event) {
  if (event->matches(QKeySequence::Copy)) {
    copy();
    event->accept();
  } else {
    QWidget::keyPressEvent(event);
  }
}

void ContractionTable::copy() const {
  const auto line = [](const QStringList& cells) {
    return QStringLiteral("| ") + cells.join(QStringLiteral(" | ")) + QStringLiteral(" |\n");
  };
  QStringList headers, rules;
  for (int c = 0; c < column_count; ++c) {
    headers << table_->horizontalHeaderItem(c)->text().replace('\n', ' ');
    rules << QStringLiteral("---");
  }
  QString text = line(headers) + line(rules);
  for (int r = 0; r < table_->rowCount(); ++r) {
    QStringList cells;
    for (int c = 0; c < column_count; ++c) cells << table_->item(r, c)->text();
    text += line(cells);
  }
  QApplication::clipboard()->setText(text);
}

}  // namespace halfwave::widgets
