#include "widgets/sample_statistics.h"

#include "widgets/colour_bar.h"
#include "widgets/theme.h"

#include <QAction>
#include <QClipboard>
#include <QEvent>
#include <QGuiApplication>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QScrollBar>
#include <QTableWidget>
#include <QVBoxLayout>

#include <algorithm>
#include <array>

namespace halfwave::widgets {
namespace {

// More rows than these are scrolled.
constexpr int most_rows_seen = 6;
// In characters; longer names are cut off where there is no room.
constexpr int widest_name = 24;

std::array<double, 4> numbers_of(const ChannelStatistics& channel) {
  return {channel.min, channel.max, channel.mean, channel.std};
}

QString title_of(const ChannelStatistics& channel) {
  const QString name = QString::fromStdString(channel.name);
  return channel.unit.empty() ? name
                              : name + QStringLiteral(" [%1]").arg(QString::fromStdString(channel.unit));
}

}  // namespace

SampleStatistics::SampleStatistics(const QString& title, QWidget* parent) : QWidget(parent) {
  auto* heading = new QLabel(title, this);
  heading->setProperty("role", "hint");
  table_ = new QTableWidget(0, 5, this);
  table_->setAccessibleName(title);
  table_->setHorizontalHeaderLabels({tr("channel"), tr("min"), tr("max"), tr("mean"), tr("std")});
  table_->horizontalHeaderItem(4)->setToolTip(
      tr("Standard deviation of the values around their mean, divided by their number"));
  table_->verticalHeader()->hide();
  table_->verticalHeader()->setMinimumSectionSize(1);
  table_->setEditTriggers(QAbstractItemView::NoEditTriggers);
  table_->setSelectionBehavior(QAbstractItemView::SelectRows);
  table_->setTabKeyNavigation(false);
  table_->setWordWrap(false);
  table_->setTextElideMode(Qt::ElideRight);
  table_->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
  table_->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
  table_->horizontalHeader()->setSectionResizeMode(0, QHeaderView::Fixed);
  table_->horizontalHeader()->setMinimumSectionSize(24);
  table_->horizontalHeader()->setHighlightSections(false);
  table_->installEventFilter(this);
  auto* action = new QAction(tr("Copy"), table_);
  connect(action, &QAction::triggered, this, &SampleStatistics::copy);
  table_->addAction(action);
  table_->setContextMenuPolicy(Qt::ActionsContextMenu);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(spacing_small);
  layout->addWidget(heading);
  layout->addWidget(table_);
  set_channels({});
}

void SampleStatistics::set_channels(std::vector<ChannelStatistics> channels) {
  channels_ = std::move(channels);
  table_->clearContents();
  table_->setRowCount(static_cast<int>(channels_.size()));
  for (int row = 0; row < table_->rowCount(); ++row) {
    const ChannelStatistics& channel = channels_[static_cast<std::size_t>(row)];
    auto* name = new QTableWidgetItem(title_of(channel));
    name->setToolTip(name->text());
    table_->setItem(row, 0, name);
    int column = 1;
    for (const double number : numbers_of(channel)) {
      auto* item = new QTableWidgetItem(format_value(number, 3));
      item->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
      item->setToolTip(QString::number(number, 'g', QLocale::FloatingPointShortest));
      table_->setItem(row, column++, item);
    }
  }
  setVisible(!channels_.empty());
  fit();
}

void SampleStatistics::fit() {
  table_->verticalHeader()->setDefaultSectionSize(table_->fontMetrics().height() + 2 * spacing_small);
  int height = table_->horizontalHeader()->sizeHint().height() + 2 * table_->frameWidth();
  for (int row = 0; row < std::min(table_->rowCount(), most_rows_seen); ++row)
    height += table_->rowHeight(row);
  // The names fill what the numbers leave, or are scrolled sideways.
  const int numbers = table_->horizontalHeader()->length() - table_->columnWidth(0);
  table_->resizeColumnToContents(0);
  const int names = std::min(table_->columnWidth(0), widest_name * table_->fontMetrics().averageCharWidth());
  const int room = table_->viewport()->width() - numbers;
  table_->setColumnWidth(0, std::max(names, room));
  if (room < names) height += table_->horizontalScrollBar()->sizeHint().height();
  table_->setFixedHeight(height);
}

QString SampleStatistics::text() const {
  QStringList lines = {tr("channel\tmin\tmax\tmean\tstd")};
  const QItemSelectionModel& selected = *table_->selectionModel();
  for (int row = 0; row < table_->rowCount(); ++row) {
    if (selected.hasSelection() && !selected.isRowSelected(row)) continue;
    const ChannelStatistics& channel = channels_[static_cast<std::size_t>(row)];
    QStringList cells = {title_of(channel)};
    for (const double number : numbers_of(channel))
      cells << QString::number(number, 'g', QLocale::FloatingPointShortest);
    lines << cells.join(QLatin1Char('\t'));
  }
  return lines.join(QLatin1Char('\n')) + QLatin1Char('\n');
}

void SampleStatistics::copy() const {
  QGuiApplication::clipboard()->setText(text());
}

bool SampleStatistics::eventFilter(QObject* object, QEvent* event) {
  if (object == table_ && event->type() == QEvent::KeyPress &&
      static_cast<QKeyEvent*>(event)->matches(QKeySequence::Copy)) {
    copy();
    return true;
  }
  // Rows and header grow with the font.
  if (object == table_ && (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange ||
                           event->type() == QEvent::Resize || event->type() == QEvent::Show))
    QMetaObject::invokeMethod(this, &SampleStatistics::fit, Qt::QueuedConnection);
  return QWidget::eventFilter(object, event);
}

}  // namespace halfwave::widgets
