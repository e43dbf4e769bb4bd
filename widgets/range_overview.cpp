#include "widgets/range_overview.h"

#include "widgets/plot_style.h"
#include "widgets/theme.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QScrollBar>
#include <QToolTip>

#include <algorithm>
#include <array>
#include <cmath>

namespace halfwave::widgets {
namespace {

constexpr int least_row = 20;
constexpr int largest_row = 40;
constexpr int indent = 12;
constexpr int stacked_strip = 13;  ///< height of a heat map beneath its name
constexpr int special_width = 12;  ///< the cells of zero and of infinity and NaN

/// From this width on the shares of special values stand beside each row.
constexpr int wide = 760;
/// Below this width the heat map lies beneath the names instead of beside them.
constexpr int narrow = 400;

struct Counter {
  QString title;
  std::uint64_t RangeHistogram::*count;
};

std::array<Counter, 5> counters() {
  return {{{RangeOverview::tr("zero"), &RangeHistogram::zeros},
           {RangeOverview::tr("subnormal"), &RangeHistogram::subnormal},
           {RangeOverview::tr("saturated"), &RangeHistogram::saturated},
           {RangeOverview::tr("±∞"), &RangeHistogram::infinite},
           {RangeOverview::tr("NaN"), &RangeHistogram::nan}}};
}

}  // namespace

/// Where the columns lie, from left to right.
struct RangeOverview::Columns {
  int label = 0;   ///< right end of the stage's name
  int format = 0;  ///< right end of the format's name
  QRect zero, heat, infinite;
  bool stacked = false;  ///< the heat map lies beneath the names
  int headroom = 0;      ///< left end
  int headroom_width = 0;
  std::vector<QRect> counters;
};

RangeOverview::RangeOverview(QWidget* parent) : QAbstractScrollArea(parent) {
  setFrameShape(QFrame::NoFrame);
  setFocusPolicy(Qt::StrongFocus);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setAccessibleName(tr("Numeric range of each layer and stage"));
  setAccessibleDescription(tr("Up and Down select a row, Enter shows its histogram."));
  viewport()->setMouseTracking(true);
  setMinimumHeight(110);
}

bool RangeOverview::begins_layer(std::size_t row) const {
  return row == 0 || rows_[row].layer != rows_[row - 1].layer;
}

int RangeOverview::header_height() const {
  return columns().counters.empty() ? 0 : fontMetrics().height() + spacing_small;
}

int RangeOverview::footer_height() const {
  return 2 * fontMetrics().height() + 12;
}

RangeOverview::Columns RangeOverview::columns() const {
  Columns c;
  const QFontMetrics metrics = fontMetrics();
  QFont bold = font();
  bold.setBold(true);
  const QFontMetrics strong(bold);
  const int width = viewport()->width();
  int label = 0, format = 0;
  for (const StageRange& range : rows_) {
    label = std::max(label, strong.horizontalAdvance(row_label(range)));
    const auto text = name(range.format);
    format = std::max(format, metrics.horizontalAdvance(
                                  QString::fromLatin1(text.data(), static_cast<qsizetype>(text.size()))));
  }
  c.label = indent + label;
  c.format = c.label + spacing + format;
  c.headroom_width = strong.horizontalAdvance(tr("+000 bits")) + spacing_small;
  int right = width - spacing;
  if (width >= wide) {
    const auto columns = counters();
    for (std::size_t i = columns.size(); i-- > 0;) {
      const int w = std::max(metrics.horizontalAdvance(columns[i].title),
                             metrics.horizontalAdvance(QStringLiteral("< 0.01 %"))) +
                    spacing;
      right -= w;
      c.counters.insert(c.counters.begin(), QRect(right, 0, w, 0));
    }
    right -= spacing;
  }
  c.headroom = right - c.headroom_width;
  c.stacked = width < narrow;
  const int left = c.stacked ? spacing : c.format + spacing;
  const int end = c.stacked ? width - spacing : c.headroom - spacing;
  c.zero = QRect(left, 0, special_width, 0);
  c.infinite = QRect(end - special_width, 0, special_width, 0);
  c.heat = QRect(c.zero.right() + 4, 0, std::max(20, c.infinite.left() - 3 - (c.zero.right() + 4)), 0);
  return c;
}

int RangeOverview::row_top(std::size_t row) const {
  int top = 0;
  const int title = fontMetrics().height() + spacing;
  for (std::size_t i = 0; i <= row && i < rows_.size(); ++i) {
    if (begins_layer(i)) top += title;
    if (i < row) top += row_height_;
  }
  return top;
}

int RangeOverview::content_height() const {
  return rows_.empty() ? 0 : row_top(rows_.size() - 1) + row_height_ + spacing_small;
}

void RangeOverview::arrange() {
  const int room = viewport()->height() - header_height() - footer_height();
  int titles = 0;
  for (std::size_t i = 0; i < rows_.size(); ++i)
    titles += begins_layer(i) ? fontMetrics().height() + spacing : 0;
  const int each =
      rows_.empty() ? least_row : (room - titles - spacing_small) / static_cast<int>(rows_.size());
  const int text = fontMetrics().height() + 4;
  const int least = columns().stacked ? text + stacked_strip : std::max(least_row, text);
  row_height_ = std::clamp(each, least, std::max(least, largest_row));
  verticalScrollBar()->setPageStep(std::max(1, room));
  verticalScrollBar()->setSingleStep(row_height_);
  verticalScrollBar()->setRange(0, std::max(0, content_height() - room));
}

void RangeOverview::set_rows(std::vector<StageRange> rows, const QStringList& layers) {
  const bool kept = std::equal(rows.begin(), rows.end(), rows_.begin(), rows_.end(),
                               [](const auto& a, const auto& b) { return key_of(a) == key_of(b); });
  rows_ = std::move(rows);
  layers_ = layers;
  span_ = span_of(rows_);
  if (!kept) verticalScrollBar()->setValue(0);
  arrange();
  viewport()->update();
}

void RangeOverview::set_time(const QString& epoch, const QString& step) {
  epoch_ = epoch;
  step_ = step;
  viewport()->update();
}

void RangeOverview::select(const std::optional<RangeKey>& key) {
  selected_ = key;
  viewport()->update();
}

void RangeOverview::set_fault(const std::optional<RangeKey>& key) {
  fault_ = key;
  viewport()->update();
}

std::optional<std::size_t> RangeOverview::index_of(const std::optional<RangeKey>& key) const {
  for (std::size_t i = 0; key && i < rows_.size(); ++i)
    if (key_of(rows_[i]) == *key) return i;
  return std::nullopt;
}

QRect RangeOverview::row_rect(std::size_t row) const {
  return {0, header_height() + row_top(row) - verticalScrollBar()->value(), viewport()->width(), row_height_};
}

void RangeOverview::scroll_to_selection() {
  const auto row = index_of(selected_);
  if (!row) return;
  const int top = begins_layer(*row) ? row_top(*row) - fontMetrics().height() - spacing : row_top(*row);
  const int bottom = row_top(*row) + row_height_ + spacing_small;
  QScrollBar& bar = *verticalScrollBar();
  if (top < bar.value())
    bar.setValue(top);
  else if (bottom > bar.value() + bar.pageStep())
    bar.setValue(bottom - bar.pageStep());
}

std::optional<std::size_t> RangeOverview::row_at(const QPoint& position) const {
  if (position.y() < header_height() || position.y() > viewport()->height() - footer_height())
    return std::nullopt;
  for (std::size_t i = 0; i < rows_.size(); ++i)
    if (row_rect(i).contains(position)) return i;
  return std::nullopt;
}

void RangeOverview::choose(std::size_t row) {
  select(key_of(rows_[row]));
  scroll_to_selection();
  Q_EMIT chosen();
}

void RangeOverview::resizeEvent(QResizeEvent* event) {
  QAbstractScrollArea::resizeEvent(event);
  arrange();
  scroll_to_selection();
}

void RangeOverview::changeEvent(QEvent* event) {
  QAbstractScrollArea::changeEvent(event);
  if (event->type() == QEvent::FontChange) arrange();
}

void RangeOverview::mousePressEvent(QMouseEvent* event) {
  const auto row = row_at(event->pos());
  if (!row || event->button() != Qt::LeftButton) return;
  choose(*row);
  Q_EMIT activated();
}

void RangeOverview::keyPressEvent(QKeyEvent* event) {
  if (rows_.empty()) return QAbstractScrollArea::keyPressEvent(event);
  const auto now = index_of(selected_);
  const int last = static_cast<int>(rows_.size()) - 1;
  const int page = std::max(1, verticalScrollBar()->pageStep() / row_height_ - 1);
  int row = now ? static_cast<int>(*now) : -1;
  switch (event->key()) {
    case Qt::Key_Down:
      ++row;
      break;
    case Qt::Key_Up:
      row = now ? row - 1 : last;
      break;
    case Qt::Key_Home:
      row = 0;
      break;
    case Qt::Key_End:
      row = last;
      break;
    case Qt::Key_PageDown:
      row += page;
      break;
    case Qt::Key_PageUp:
      row -= page;
      break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_Space:
      if (now) Q_EMIT activated();
      return;
    default:
      event->ignore();
      return;
  }
  choose(static_cast<std::size_t>(std::clamp(row, 0, last)));
}

bool RangeOverview::viewportEvent(QEvent* event) {
  if (event->type() != QEvent::ToolTip) return QAbstractScrollArea::viewportEvent(event);
  auto* help = static_cast<QHelpEvent*>(event);
  const auto row = row_at(help->pos());
  if (!row) {
    QToolTip::hideText();
    return true;
  }
  const StageRange& range = rows_[*row];
  QStringList lines = {row_title(range, layers_.value(static_cast<int>(range.layer))),
                       headroom_sentence(range)};
  for (const Counter& counter : counters())
    if (range.histogram.*counter.count > 0)
      lines << QStringLiteral("%1: %2").arg(
          counter.title, share_text(range.histogram.*counter.count, range.histogram.counted));
  lines << (range.backward ? tr("∂: gradients in the backward pass.") : tr("Values of the forward pass."));
  QToolTip::showText(help->globalPos(), lines.join(QLatin1Char('\n')), viewport());
  return true;
}

void RangeOverview::paintEvent(QPaintEvent*) {
  QPainter painter(viewport());
  const auto& colours = theme_colours();
  painter.fillRect(viewport()->rect(), colours.plot_background);
  if (rows_.empty()) return;
  const Columns c = columns();
  const int top = header_height();
  const int bottom = viewport()->height() - footer_height();
  painter.setClipRect(QRect(0, top, viewport()->width(), bottom - top));
  for (const int exponent :
       exponent_ticks(span_, c.heat.width(), fontMetrics().horizontalAdvance(power_of_two(-24)) + spacing)) {
    const ExponentAxis axis{span_, double(c.heat.left()), double(c.heat.right() + 1)};
    painter.setPen(colours.plot_grid);
    const double x = std::round(axis.x(exponent));
    painter.drawLine(QPointF(x, top), QPointF(x, bottom));
  }
  QFont bold = font();
  bold.setBold(true);
  const int title = fontMetrics().height() + spacing;
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    const QRect place = row_rect(row);
    if (begins_layer(row)) {
      const QRect line(0, place.top() - title, viewport()->width(), title);
      painter.fillRect(line.adjusted(0, 2, 0, 0), colours.window);
      painter.setFont(bold);
      painter.setPen(colours.plot_text);
      painter.drawText(line.adjusted(spacing, 2, -spacing, 0), Qt::AlignLeft | Qt::AlignVCenter,
                       layers_.value(static_cast<int>(rows_[row].layer)));
      painter.setFont(font());
    }
    if (place.bottom() >= top && place.top() <= bottom) paint_row(painter, c, row, place.top());
  }
  painter.setClipping(false);
  painter.setPen(colours.muted_text);
  if (!c.counters.empty()) {
    const auto titles = counters();
    for (std::size_t i = 0; i < titles.size(); ++i)
      painter.drawText(QRect(c.counters[i].left(), 0, c.counters[i].width(), top),
                       Qt::AlignRight | Qt::AlignVCenter, titles[i].title);
    painter.drawText(QRect(c.headroom, 0, c.headroom_width, top), Qt::AlignRight | Qt::AlignVCenter,
                     tr("headroom"));
  }
  paint_footer(painter, c);
}

void RangeOverview::paint_row(QPainter& painter, const Columns& c, std::size_t row, int top) const {
  const auto& colours = theme_colours();
  const StageRange& range = rows_[row];
  const RangeHistogram& h = range.histogram;
  const RangeState state = state_of(range);
  const bool is_fault = fault_ && *fault_ == key_of(range);
  const bool is_selected = selected_ && *selected_ == key_of(range);
  const QRect place(0, top, viewport()->width(), row_height_);
  if (is_fault)
    painter.fillRect(place, blend(colours.bad, colours.plot_background, 0.16));
  else if (is_selected)
    painter.fillRect(place, blend(colours.accent, colours.plot_background, 0.14));

  const int text_height = c.stacked ? fontMetrics().height() + 3 : row_height_;
  QFont strong = font();
  strong.setBold(state != RangeState::fine && state != RangeState::nothing);
  painter.setFont(strong);
  painter.setPen(is_fault ? colours.bad : colours.plot_text);
  painter.drawText(QRect(indent, top, c.label - indent + 2, text_height), Qt::AlignLeft | Qt::AlignVCenter,
                   row_label(range));
  painter.setPen(state_colour(state));
  painter.drawText(QRect(c.headroom, top, c.headroom_width, text_height), Qt::AlignRight | Qt::AlignVCenter,
                   headroom_text(range));
  painter.setFont(font());
  painter.setPen(colours.muted_text);
  const auto format = name(range.format);
  painter.drawText(QRect(c.label, top, c.format - c.label, text_height), Qt::AlignRight | Qt::AlignVCenter,
                   QString::fromLatin1(format.data(), static_cast<qsizetype>(format.size())));

  const int above = c.stacked ? text_height : 2;
  const QRectF cell(c.heat.left(), top + above, c.heat.width(), row_height_ - above - 2);
  const ExponentAxis axis{span_, cell.left(), cell.right()};
  const double all = std::max<double>(1.0, static_cast<double>(h.counted));
  paint_band(painter, axis, cell, range.format);
  for (int exponent = span_.low; exponent < span_.high; ++exponent) {
    if (h.at(exponent) == 0) continue;
    const double x = std::round(axis.x(exponent));
    painter.fillRect(
        QRectF(x, cell.top(), std::max(1.0, std::round(axis.x(exponent + 1)) - x), cell.height()),
        share_colour(h.at(exponent) / all));
  }
  paint_band_marks(painter, axis, cell, range.format);

  const auto special = [&](const QRect& column, std::uint64_t count, const QColor& colour) {
    const QRectF box(column.left(), cell.top(), column.width(), cell.height());
    if (count > 0) painter.fillRect(box, colour);
    painter.setPen(colours.plot_grid);
    painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5));
  };
  special(c.zero, h.zeros, share_colour(static_cast<double>(h.zeros) / all));
  special(c.infinite, h.infinite + h.nan, colours.bad);
  if (h.infinite + h.nan > 0) {
    painter.setPen(colours.plot_background);
    painter.setFont(strong);
    painter.drawText(QRectF(c.infinite.left() - 2, cell.top(), c.infinite.width() + 4, cell.height()),
                     Qt::AlignCenter, QStringLiteral("!"));
    painter.setFont(font());
  }

  const auto columns = counters();
  for (std::size_t i = 0; i < c.counters.size(); ++i) {
    const std::uint64_t count = h.*columns[i].count;
    painter.setPen(count == 0 ? blend(colours.muted_text, colours.plot_background, 0.5)
                   : i >= 3   ? colours.bad
                              : colours.plot_text);
    painter.drawText(QRect(c.counters[i].left(), top, c.counters[i].width(), row_height_),
                     Qt::AlignRight | Qt::AlignVCenter, share_text(count, h.counted));
  }
  if (is_fault || is_selected) {
    painter.setPen(QPen(is_fault ? colours.bad : colours.accent, is_selected && hasFocus() ? 2 : 1));
    painter.drawRect(place.adjusted(1, 1, -2, -1));
  }
}

void RangeOverview::paint_footer(QPainter& painter, const Columns& c) const {
  const auto& colours = theme_colours();
  const int y = viewport()->height() - footer_height();
  const int line = fontMetrics().height();
  painter.fillRect(QRect(0, y, viewport()->width(), footer_height()), colours.plot_background);
  painter.setPen(colours.border);
  painter.drawLine(0, y, viewport()->width(), y);
  const ExponentAxis axis{span_, double(c.heat.left()), double(c.heat.right() + 1)};
  paint_exponents(painter, axis, y + 1);
  painter.setPen(colours.plot_text);
  const auto below = [&](const QRect& column, const QString& text) {
    painter.drawText(QRect(column.left() - 12, y + 5, column.width() + 24, line),
                     Qt::AlignHCenter | Qt::AlignTop, text);
  };
  below(c.zero, QStringLiteral("0"));
  below(c.infinite, QStringLiteral("∞"));
  if (c.stacked) {
    const QRect rest(c.format + spacing, y + 6 + line, viewport()->width() - c.format - 2 * spacing,
                     line + 4);
    const QString text = tr("|x| · %1 · %2").arg(epoch_, step_);
    painter.drawText(rest, Qt::AlignRight | Qt::AlignTop,
                     fontMetrics().elidedText(text, Qt::ElideLeft, rest.width()));
    paint_scale(painter, QRectF(spacing, y + 6 + line, c.format - spacing, line), false);
    return;
  }
  painter.drawText(QRect(c.heat.left() - 40, y + 6 + line, c.heat.width() + 80, line + 4),
                   Qt::AlignHCenter | Qt::AlignTop, tr("magnitude of the values"));
  const QRect right(c.infinite.right() + 16, y + 5, viewport()->width() - c.infinite.right() - 16 - spacing,
                    line);
  painter.setPen(colours.muted_text);
  painter.drawText(right, Qt::AlignRight | Qt::AlignTop, epoch_);
  painter.drawText(right.translated(0, line + 1), Qt::AlignRight | Qt::AlignTop, step_);
  paint_scale(painter, QRectF(spacing, y + 6, c.format - spacing, footer_height() - 8), true);
}

void RangeOverview::paint_scale(QPainter& painter, const QRectF& area, bool titled) const {
  const auto& colours = theme_colours();
  const int line = fontMetrics().height();
  constexpr double bar_height = 9;
  const QString low = QStringLiteral("10⁻³ %"), high = QStringLiteral("100 %");
  const double low_width = fontMetrics().horizontalAdvance(low) + spacing_small;
  const double high_width = fontMetrics().horizontalAdvance(high) + spacing_small;
  const QRectF bar(area.left() + low_width, area.top() + (line - bar_height) / 2.0,
                   area.width() - low_width - high_width - spacing, bar_height);
  if (bar.width() < 12) return;
  for (int x = 0; x < static_cast<int>(bar.width()); ++x) {
    const double exponent = share_decades * (x / bar.width() - 1.0);
    painter.fillRect(QRectF(bar.left() + x, bar.top(), 1, bar.height()),
                     share_colour(std::pow(10.0, exponent)));
  }
  painter.setPen(colours.plot_axis);
  painter.drawRect(bar.adjusted(-0.5, -0.5, 0.5, 0.5));
  painter.setPen(colours.plot_text);
  painter.drawText(QRectF(area.left(), area.top(), low_width, line), Qt::AlignLeft | Qt::AlignVCenter, low);
  painter.drawText(QRectF(bar.right() + spacing_small, area.top(), high_width + spacing, line),
                   Qt::AlignLeft | Qt::AlignVCenter, high);
  if (!titled) return;
  painter.drawText(QRectF(area.left(), area.top() + line, area.width(), line + 4),
                   Qt::AlignHCenter | Qt::AlignTop, tr("share of values"));
}

}  // namespace halfwave::widgets
