#include "widgets/range_detail.h"

#include "widgets/plot_style.h"
#include "widgets/theme.h"

#include <QHelpEvent>
#include <QPainter>
#include <QStyle>
#include <QToolButton>
#include <QToolTip>

#include <array>
#include <cmath>

namespace halfwave::widgets {
namespace {

QString text_of(std::string_view text) {
  return QString::fromLatin1(text.data(), static_cast<qsizetype>(text.size()));
}

QString percent(int exponent) {
  // exponent of ten of a share
  return exponent >= -2 ? QStringLiteral("%1 %").arg(std::pow(10.0, exponent + 2))
                        : QStringLiteral("10⁻%1 %").arg(QStringLiteral("⁰¹²³⁴⁵⁶⁷⁸⁹").at(-exponent - 2));
}

}  // namespace

RangeDetail::RangeDetail(QWidget* parent) : QWidget(parent) {
  auto* close = new QToolButton(this);
  close->setObjectName(QStringLiteral("range_detail_close"));
  close->setAutoRaise(true);
  close->setText(QStringLiteral("×"));
  close->setAccessibleName(tr("Close the histogram"));
  close->setToolTip(tr("Close the histogram (Esc)"));
  connect(close, &QToolButton::clicked, this, &RangeDetail::closed);
  close_ = close;
  setMouseTracking(true);
  setFocusPolicy(Qt::StrongFocus);
}

void RangeDetail::set_row(const StageRange& range, const QString& layer) {
  row_ = range;
  layer_ = layer;
  setAccessibleName(tr("Histogram of %1").arg(row_title(range, layer)));
  setAccessibleDescription(headroom_sentence(range) + QLatin1Char(' ') + counts_text(1 << 20));
  update();
}

void RangeDetail::resizeEvent(QResizeEvent*) {
  const QSize size = close_->sizeHint();
  close_->setGeometry(width() - size.width() - 2, 2, size.width(), size.height());
}

QString RangeDetail::counts_text(int width) const {
  const RangeHistogram& h = row_->histogram;
  const std::array<std::pair<QString, std::uint64_t>, 5> counts = {{{tr("zero"), h.zeros},
                                                                    {tr("subnormal"), h.subnormal},
                                                                    {tr("saturated"), h.saturated},
                                                                    {tr("±∞"), h.infinite},
                                                                    {tr("NaN"), h.nan}}};
  const auto text = [&](bool all) {
    QStringList parts;
    for (const auto& [title, count] : counts)
      if (all || count > 0) parts << title + QLatin1Char(' ') + share_text(count, h.counted);
    return parts.isEmpty() ? tr("none zero, subnormal, ±∞ or NaN") : parts.join(QStringLiteral("   "));
  };
  return fontMetrics().horizontalAdvance(text(true)) <= width ? text(true) : text(false);
}

QRectF RangeDetail::plot_area() const {
  const int line = fontMetrics().height();
  const double left = spacing_large + line + fontMetrics().horizontalAdvance(QStringLiteral("10⁻³ %"));
  const double top = 2.0 * line + spacing_large;
  const double below = 3.0 * line + spacing_large;
  return {left, top, std::max(40.0, width() - left - spacing_large), std::max(20.0, height() - top - below)};
}

void RangeDetail::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const auto& colours = theme_colours();
  painter.fillRect(rect(), colours.plot_background);
  painter.setPen(colours.border);
  painter.drawLine(0, 0, width(), 0);
  if (!row_) return;
  const StageRange& range = *row_;
  const RangeHistogram& h = range.histogram;
  const QRectF area = plot_area();
  const ExponentAxis axis{span_of({range}), area.left(), area.right()};
  const int line = fontMetrics().height();

  QFont bold = font();
  bold.setBold(true);
  painter.setFont(bold);
  painter.setPen(state_colour(state_of(range)));
  const QString headroom = headroom_text(range);
  const int reserved = close_->width() + spacing_small;
  const int state_width = painter.fontMetrics().horizontalAdvance(headroom);
  painter.drawText(QRect(0, spacing_small, width() - reserved, line), Qt::AlignRight | Qt::AlignVCenter,
                   headroom);
  painter.setPen(colours.plot_text);
  const QString title = row_title(range, layer_) + QStringLiteral(" (%1)").arg(text_of(name(range.format)));
  const int room = width() - reserved - state_width - 3 * spacing;
  painter.drawText(QRect(spacing, spacing_small, room, line), Qt::AlignLeft | Qt::AlignVCenter,
                   painter.fontMetrics().elidedText(title, Qt::ElideRight, room));
  painter.setFont(font());

  paint_band(painter, axis, area, range.format);
  paint_shares(painter, area);
  const double all = std::max<double>(1.0, static_cast<double>(h.counted));
  painter.setPen(Qt::NoPen);
  for (int exponent = axis.span.low; exponent < axis.span.high; ++exponent) {
    if (h.at(exponent) == 0) continue;
    const double share = h.at(exponent) / all;
    const double height = std::clamp(1.0 + std::log10(share) / share_decades, 0.02, 1.0) * area.height();
    const double x = std::round(axis.x(exponent)), next = std::round(axis.x(exponent + 1));
    const double gap = next - x > 4 ? 1 : 0;
    painter.fillRect(QRectF(x, area.bottom() - height, std::max(1.0, next - x - gap), height),
                     series_colour(0));
  }
  paint_band_marks(painter, axis, area, range.format);
  paint_names(painter, axis, area);
  const double labels = paint_exponents(painter, axis, area.bottom());
  painter.setPen(colours.plot_text);
  painter.drawText(QRectF(area.left() - 30, area.bottom() + labels, area.width() + 60, line), Qt::AlignCenter,
                   tr("magnitude of %L1 values").arg(h.counted));
  painter.setPen(h.infinite + h.nan > 0 ? colours.bad : colours.plot_text);
  painter.drawText(QRect(spacing, height() - line - spacing_small, width() - 2 * spacing, line),
                   Qt::AlignCenter, counts_text(width() - 2 * spacing));
}

void RangeDetail::paint_shares(QPainter& painter, const QRectF& area) const {
  const auto& colours = theme_colours();
  const int line = fontMetrics().height();
  const int step = area.height() < share_decades * line * 0.9 ? 2 : 1;
  for (int decade = 0; decade < share_decades; decade += step) {
    const double y = std::round(area.top() + area.height() * decade / share_decades);
    painter.setPen(colours.plot_grid);
    painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y));
    painter.setPen(colours.plot_text);
    painter.drawText(QRectF(0, y - line / 2.0, area.left() - spacing_small, line),
                     Qt::AlignRight | Qt::AlignVCenter, percent(-decade));
  }
  painter.setPen(colours.plot_axis);
  painter.drawLine(area.topLeft(), area.bottomLeft());
  painter.save();
  painter.translate(spacing_small, area.center().y());
  painter.rotate(-90);
  painter.setPen(colours.plot_text);
  painter.drawText(QRectF(-100, 0, 200, line), Qt::AlignHCenter | Qt::AlignTop, tr("share"));
  painter.restore();
}

void RangeDetail::paint_names(QPainter& painter, const ExponentAxis& axis, const QRectF& area) const {
  const FormatFacts& f = facts(row_->format);
  const int line = fontMetrics().height();
  const double y = area.top() - line - 2;
  painter.setPen(theme_colours().muted_text);
  // From right to left; a name for which there is no room is left out.
  double free = width() - spacing_small;
  const auto name_mark = [&](double exponent, const QString& text) {
    if (exponent < axis.span.low || exponent > axis.span.high) return;
    const double w = fontMetrics().horizontalAdvance(text);
    const double left = std::min(axis.x(exponent) - w / 2, free - w);
    if (left < spacing || left + w < axis.x(exponent) - spacing) return;
    painter.drawText(QRectF(left, y, w + 2, line), Qt::AlignLeft | Qt::AlignVCenter, text);
    free = left - spacing;
  };
  const QString largest =
      f.max_exponent < 40 ? QString::number(f.max_finite, 'f', 0) : power_of_two(f.max_exponent + 1);
  const bool brief = area.width() < 520;
  name_mark(f.max_exponent + 1, (brief ? tr("max %1") : tr("largest %1")).arg(largest));
  name_mark(f.min_exponent,
            (brief ? QStringLiteral("%1") : tr("smallest normal %1")).arg(power_of_two(f.min_exponent)));
  const QString smallest = power_of_two(f.min_exponent - f.mantissa_bits);
  name_mark(f.min_exponent - f.mantissa_bits, (brief ? tr("min %1") : tr("smallest %1")).arg(smallest));
}

bool RangeDetail::event(QEvent* event) {
  if (event->type() != QEvent::ToolTip || !row_) return QWidget::event(event);
  auto* help = static_cast<QHelpEvent*>(event);
  const QRectF area = plot_area();
  const ExponentSpan span = span_of({*row_});
  const int exponent =
      span.low + static_cast<int>(std::floor((help->pos().x() - area.left()) / area.width() * span.count()));
  if (!area.contains(help->pos()) || exponent < span.low || exponent >= span.high) {
    QToolTip::hideText();
    return true;
  }
  const RangeHistogram& h = row_->histogram;
  QToolTip::showText(
      help->globalPos(),
      tr("%1 ≤ |x| < %2: %3 (%L4 values)")
          .arg(power_of_two(exponent), power_of_two(exponent + 1), share_text(h.at(exponent), h.counted))
          .arg(h.at(exponent)),
      this);
  return true;
}

}  // namespace halfwave::widgets
