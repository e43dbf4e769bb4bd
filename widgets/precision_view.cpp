#include "widgets/precision_view.h"

#include "widgets/precision_cells.h"

#include <QFontMetrics>
#include <QHeaderView>
#include <QKeyEvent>

#include <algorithm>
#include <vector>

namespace halfwave::widgets {
namespace {
constexpr int header_padding = 8;
}  // namespace

void PrecisionView::set_up() {
  setSelectionMode(QAbstractItemView::NoSelection);
  setEditTriggers(QAbstractItemView::NoEditTriggers);
  setShowGrid(false);
  setMouseTracking(true);
  setTabKeyNavigation(false);
  setCornerButtonEnabled(false);
  setStyleSheet(
      QStringLiteral("QHeaderView::section { padding: 4px; }"
                     "QTableCornerButton::section { background: palette(window); border: none; }"));
  setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
  verticalHeader()->setDefaultSectionSize(row_height);
  verticalHeader()->setMinimumSectionSize(row_height);
  horizontalHeader()->setMinimumSectionSize(24);
  for (QHeaderView* header : {verticalHeader(), horizontalHeader()}) {
    header->setSectionResizeMode(QHeaderView::Fixed);
    header->setHighlightSections(false);
    header->setSectionsClickable(true);
  }
}

void PrecisionView::resizeEvent(QResizeEvent* event) {
  QTableView::resizeEvent(event);
  share_width();
}

void PrecisionView::keyPressEvent(QKeyEvent* event) {
  switch (event->key()) {
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_Space:
    case Qt::Key_F2:
    case Qt::Key_Menu:
      Q_EMIT menu_asked(event->modifiers());
      return;
    default:
      QTableView::keyPressEvent(event);
  }
}

void PrecisionView::share_width() {
  if (!model()) return;
  const QFontMetrics metrics(horizontalHeader()->font());
  const int columns = model()->columnCount();
  std::vector<int> widths;
  int spare = viewport()->width();
  for (int column = 0; column < columns; ++column) {
    const QString header = model()->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString();
    int width = metrics.size(0, header).width() + header_padding;
    for (int row = 0; row < model()->rowCount(); ++row) {
      const QString cell = model()->index(row, column).data().toString();
      width = std::max(width, PolicyDelegate::least_width(fontMetrics(), cell));
    }
    widths.push_back(width);
    spare -= width;
  }
  for (int column = 0; column < columns; ++column) {
    const int extra = spare > 0 ? spare / (columns - column) : 0;
    spare -= extra;
    setColumnWidth(column, widths[static_cast<std::size_t>(column)] + extra);
  }
}

}  // namespace halfwave::widgets
