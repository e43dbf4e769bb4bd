#include "widgets/compare_table.h"

#include "widgets/plot_ticker.h"
#include "widgets/theme.h"

#include <QApplication>
#include <QClipboard>
#include <QHeaderView>
#include <QKeyEvent>
#include <QMimeData>
#include <QPainter>
#include <QPixmap>

#include <array>
#include <cmath>

namespace halfwave::widgets {
namespace {

enum Column { variant, status, epoch, l2, h1, step_time, memory, range, column_count };
constexpr QSize key_size(30, 14);

/// `0.0123 (+3.1 %)`: a value and how far it is from the first variant's.
QString against_first(double value, const std::optional<double>& first) {
  const QString text = plain_number(value, 3);
  if (!first || *first == 0.0) return text;
  const double percent = 100.0 * (value / *first - 1.0);
  const int decimals = std::abs(percent) < 10.0 ? 1 : 0;
  const QString sign = percent < 0.0 ? QStringLiteral("−") : QStringLiteral("+");
  return CompareTable::tr("%1 (%2%3 %)").arg(text, sign, QString::number(std::abs(percent), 'f', decimals));
}

QString time_text(const CompareRun& run) {
  const double seconds = run.step_seconds();
  if (seconds <= 0.0) return QStringLiteral("–");
  const QString text = seconds < 1.0 ? CompareTable::tr("%1 ms").arg(plain_number(1000.0 * seconds, 3))
                                     : CompareTable::tr("%1 s").arg(plain_number(seconds, 3));
  return run.emulated ? CompareTable::tr("%1 emulated").arg(text) : text;
}

QString range_text(const CompareRun& run) {
  if (run.state == RunState::failed) return run.message;
  if (!run.headroom) return QStringLiteral("–");
  return CompareTable::tr("%1 bits, %2").arg(run.headroom.value()).arg(run.headroom_where);
}

QString csv_field(QString text) {
  if (!text.contains(',') && !text.contains('"') && !text.contains('\n')) return text;
  return '"' + text.replace('"', QStringLiteral("\"\"")) + '"';
}

}  // namespace

CompareTable::CompareTable(QWidget* parent) : QTableWidget(parent) {
  setObjectName(QStringLiteral("compare_table"));
  setAccessibleName(tr("Variants"));
  setColumnCount(column_count);
  setHorizontalHeaderLabels({tr("Variant"), tr("State"), tr("Epoch"), tr("L2"), tr("H1"), tr("Step time"),
                             tr("Peak"), tr("Headroom")});
  const std::array tips = {
      tr("Its colour and dash are those of its curves"),
      tr("What the run is doing"),
      tr("Finished epochs of those asked for"),
      tr("Mean relative L2 error of the test set, and how far from the first variant's at the same epoch"),
      tr("Mean relative H1 error of the test set, and how far from the first variant's at the same epoch"),
      tr("Median time of the last steps. Where this device emulates a format, it says nothing "
         "about the format's own speed"),
      tr("The most memory that one of its steps has taken"),
      tr("Doublings between the largest value and overflow, least of all stages; or why "
         "the run has failed")};
  for (int c = 0; c < column_count; ++c)
    horizontalHeaderItem(c)->setToolTip(tips[static_cast<std::size_t>(c)]);
  setEditTriggers(NoEditTriggers);
  setSelectionBehavior(SelectRows);
  setSelectionMode(SingleSelection);
  setTabKeyNavigation(false);
  setWordWrap(false);
  setTextElideMode(Qt::ElideRight);
  setHorizontalScrollMode(ScrollPerPixel);
  setIconSize(key_size);
  verticalHeader()->hide();
  verticalHeader()->setDefaultSectionSize(28);
  horizontalHeader()->setHighlightSections(false);
  horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
  horizontalHeader()->setStretchLastSection(true);
  horizontalHeader()->setMinimumSectionSize(48);
}

void CompareTable::set_cell(int row, int column, const QString& text, const QString& tip) {
  QTableWidgetItem* cell = item(row, column);
  if (!cell) {
    cell = new QTableWidgetItem;
    const bool is_text = column == variant || column == status || column == range;
    cell->setTextAlignment(Qt::AlignVCenter | (is_text ? Qt::AlignLeft : Qt::AlignRight));
    setItem(row, column, cell);
  }
  if (cell->text() != text) cell->setText(text);
  const QString shown_tip = tip.isEmpty() ? text : tip;
  if (cell->toolTip() != shown_tip) cell->setToolTip(shown_tip);
}

void CompareTable::show_runs(const std::vector<CompareRun>& runs, const std::string& test_set) {
  const bool others = runs.size() != runs_.size();
  runs_ = runs;
  test_set_ = test_set;
  setRowCount(static_cast<int>(runs.size()));
  for (std::size_t k = 0; k < runs.size(); ++k) {
    const CompareRun& run = runs[k];
    const int row = static_cast<int>(k);
    const auto metrics = run.metrics_of(test_set);
    const auto first = runs.front().metrics_of(test_set, run.evaluated_epochs());
    const bool compared = k > 0 && first.has_value();
    set_cell(row, variant, run.name, run.settings);
    set_cell(row, status, compare_state_text(run));
    set_cell(row, epoch, tr("%1 / %2").arg(run.finished_epochs).arg(run.epochs));
    set_cell(row, l2,
             metrics ? against_first(metrics->l2, compared ? std::optional(first->l2) : std::nullopt)
                     : QStringLiteral("–"));
    set_cell(row, h1,
             metrics ? against_first(metrics->h1, compared ? std::optional(first->h1) : std::nullopt)
                     : QStringLiteral("–"));
    set_cell(row, step_time, time_text(run));
    set_cell(row, memory,
             run.peak_bytes > 0 ? tr("%1 MiB").arg(plain_number(run.peak_bytes / (1024.0 * 1024.0), 3))
                                : QStringLiteral("–"));
    set_cell(row, range, range_text(run));
    const bool failed = run.state == RunState::failed;
    for (const int column : {static_cast<int>(status), static_cast<int>(range)})
      item(row, column)->setForeground(failed ? theme_colours().bad : theme_colours().text);
  }
  if (others) {
    draw_keys();
    updateGeometry();
  }
}

void CompareTable::draw_keys() {
  for (int row = 0; row < rowCount(); ++row) {
    QPixmap picture(key_size * devicePixelRatioF());
    picture.setDevicePixelRatio(devicePixelRatioF());
    picture.fill(Qt::transparent);
    QPainter painter(&picture);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(compare_pen(static_cast<std::size_t>(row), 2.4));
    painter.drawLine(QPointF(1, key_size.height() / 2.0),
                     QPointF(key_size.width() - 2, key_size.height() / 2.0));
    item(row, variant)->setIcon(QIcon(picture));
  }
}

QSize CompareTable::sizeHint() const {
  const int rows = std::max(2, rowCount());
  return {620, horizontalHeader()->sizeHint().height() + rows * verticalHeader()->defaultSectionSize() + 4};
}

QString CompareTable::markdown() const {
  const auto line = [](const QStringList& cells) { return "| " + cells.join(" | ") + " |\n"; };
  QStringList headers, rules;
  for (int c = 0; c < column_count; ++c) {
    headers << horizontalHeaderItem(c)->text();
    rules << QStringLiteral("---");
  }
  QString text = line(headers) + line(rules);
  for (int r = 0; r < rowCount(); ++r) {
    QStringList cells;
    for (int c = 0; c < column_count; ++c) cells << item(r, c)->text().replace('|', QStringLiteral("\\|"));
    text += line(cells);
  }
  return text;
}

QString CompareTable::csv() const {
  QString text = QStringLiteral(
      "variant,state,epochs,test_set,l2,h1,step_seconds,emulated,peak_bytes,headroom_bits,message\n");
  for (const CompareRun& run : runs_) {
    const auto metrics = run.metrics_of(test_set_);
    const QStringList cells = {csv_field(run.name),
                               compare_state_text(run),
                               QString::number(run.finished_epochs),
                               csv_field(QString::fromStdString(test_set_)),
                               metrics ? QString::number(metrics->l2, 'g', 9) : QString(),
                               metrics ? QString::number(metrics->h1, 'g', 9) : QString(),
                               QString::number(run.step_seconds(), 'g', 6),
                               run.emulated ? QStringLiteral("true") : QStringLiteral("false"),
                               QString::number(run.peak_bytes),
                               run.headroom ? QString::number(*run.headroom) : QString(),
                               csv_field(run.message)};
    text += cells.join(',') + '\n';
  }
  return text;
}

void CompareTable::copy_markdown() const {
  auto* mime = new QMimeData;
  mime->setText(markdown());
  mime->setData(QStringLiteral("text/csv"), csv().toUtf8());
  QApplication::clipboard()->setMimeData(mime);
}

void CompareTable::copy_csv() const {
  QApplication::clipboard()->setText(csv());
}

void CompareTable::keyPressEvent(QKeyEvent* event) {
  if (event->matches(QKeySequence::Copy)) {
    copy_markdown();
    event->accept();
  } else {
    QTableWidget::keyPressEvent(event);
  }
}

void CompareTable::changeEvent(QEvent* event) {
  QTableWidget::changeEvent(event);
  if (event->type() != QEvent::PaletteChange || rowCount() == 0 || !item(0, variant)) return;
  draw_keys();
  show_runs(std::vector<CompareRun>(runs_), std::string(test_set_));
}

}  // namespace halfwave::widgets
