#include "widgets/precision_view.h"

#include <QFontMetrics>
#include <QHeaderView>
#include <QKeyEvent>

#include <vector>

namespace halfwave::widgets {
namespace {
constexpr int header_padding = 12;
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
    widths.push_back(metrics.size(0, header).width() + header_padding);
    spare -= widths.back();
  }
  for (int column = 0; column < columns; ++column) {
    const int extra = spare > 0 ? spare / (columns - column) : 0;
    spare -= extra;
    setColumnWidth(column, widths[static_cast<std::size_t>(column)] + extra);
  }
}

}  // namespace halfwave::widgets
