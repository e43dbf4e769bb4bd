#include "widgets/range_paint.h"

#include "widgets/colormap.h"
#include "widgets/plot_style.h"
#include "widgets/theme.h"

#include <QPainter>

#include <algorithm>
#include <cmath>

namespace halfwave::widgets {
namespace {

/// A part of the axis as a rectangle, cut to what is seen; empty when nothing of it is.
QRectF part(const ExponentAxis& axis, const QRectF& area, double from, double to) {
  const double low = std::clamp(axis.x(std::max(from, double(axis.span.low))), axis.left, axis.right);
  const double high = std::clamp(axis.x(std::min(to, double(axis.span.high))), axis.left, axis.right);
  return high > low ? QRectF(low, area.top(), high - low, area.height()) : QRectF();
}

}  // namespace

QColor share_colour(double share) {
  const double t = std::clamp(1.0 + std::log10(std::max(share, 1e-12)) / share_decades, 0.0, 1.0);
  // The pale end of each direction is close to its background; it begins a little further in.
  const double place = 0.06 + 0.94 * t;
  const auto& table = colour_table(ColourMap::viridis);
  const double position = theme_colours().dark ? place : 1.0 - place;
  const auto& rgb = table[static_cast<std::size_t>(std::lround(255 * position))];
  return QColor(rgb[0], rgb[1], rgb[2]);
}

QColor state_colour(RangeState state) {
  const auto& colours = theme_colours();
  switch (state) {
    case RangeState::overflow:
      return colours.bad;
    case RangeState::near:
    case RangeState::saturated:
      return colours.warning;
    case RangeState::nothing:
      return colours.muted_text;
    case RangeState::fine:
      break;
  }
  return colours.plot_text;
}

void paint_band(QPainter& painter, const ExponentAxis& axis, const QRectF& area, Format format) {
  const auto& colours = theme_colours();
  const FormatFacts& f = facts(format);
  const int smallest = f.min_exponent - f.mantissa_bits;
  painter.save();
  painter.setPen(Qt::NoPen);
  const QRectF subnormal = part(axis, area, smallest, f.min_exponent);
  if (!subnormal.isEmpty())
    painter.fillRect(subnormal, blend(colours.warning, colours.plot_background, colours.dark ? 0.20 : 0.13));
  for (const QRectF& outside :
       {part(axis, area, axis.span.low, smallest), part(axis, area, f.max_exponent + 1, axis.span.high)}) {
    if (outside.isEmpty()) continue;
    painter.fillRect(outside, blend(colours.plot_axis, colours.plot_background, 0.14));
    painter.fillRect(outside,
                     QBrush(blend(colours.plot_axis, colours.plot_background, 0.55), Qt::BDiagPattern));
  }
  painter.restore();
}

void paint_band_marks(QPainter& painter, const ExponentAxis& axis, const QRectF& area, Format format) {
  const auto& colours = theme_colours();
  const FormatFacts& f = facts(format);
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing, false);
  const auto mark = [&](double exponent, const QPen& pen) {
    if (exponent < axis.span.low || exponent > axis.span.high) return;
    painter.setPen(pen);
    const double x = std::min(std::round(axis.x(exponent)), axis.right - 1);
    painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom() - 1));
  };
  mark(f.min_exponent - f.mantissa_bits, QPen(colours.plot_text, 1, Qt::DotLine));
  mark(f.min_exponent, QPen(colours.plot_text, 1));
  mark(f.max_exponent + 1, QPen(colours.plot_text, 2));
  painter.restore();
}

double paint_exponents(QPainter& painter, const ExponentAxis& axis, double y) {
  const auto& colours = theme_colours();
  const QFontMetrics metrics = painter.fontMetrics();
  const double need = metrics.horizontalAdvance(power_of_two(-24)) + spacing;
  constexpr double tick = 4;
  painter.setPen(colours.plot_axis);
  painter.drawLine(QPointF(axis.left, y), QPointF(axis.right, y));
  for (const int exponent : exponent_ticks(axis.span, axis.right - axis.left, need)) {
    const double x = std::round(axis.x(exponent));
    painter.setPen(colours.plot_axis);
    painter.drawLine(QPointF(x, y), QPointF(x, y + tick));
    // What stands left of the axis keeps its place.
    if (x - metrics.horizontalAdvance(power_of_two(exponent)) / 2.0 < axis.left - spacing_small) continue;
    painter.setPen(colours.plot_text);
    painter.drawText(QRectF(x - need, y + tick, 2 * need, metrics.height()), Qt::AlignHCenter | Qt::AlignTop,
                     power_of_two(exponent));
  }
  return tick + metrics.height();
}

}  // namespace halfwave::widgets
