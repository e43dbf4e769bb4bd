#pragma once

#include "widgets/range_rows.h"

#include <QColor>
#include <QRectF>

#include <algorithm>

class QPainter;

namespace halfwave::widgets {

/// Exponents along x: the values of an exponent lie between its mark and the next.
struct ExponentAxis {
  ExponentSpan span;
  double left = 0.0;
  double right = 1.0;
  double x(double exponent) const {
    return left + (exponent - span.low) * (right - left) / std::max(1, span.count());
  }
};

/// Shares from one in 100 000 to all, on a logarithmic scale, fade into the plot's background at the lower
/// end. `share` 0 has no colour.
QColor share_colour(double share);
inline constexpr int share_decades = 5;

/// The colour of a state's text: that of ordinary text where all is fine.
QColor state_colour(RangeState state);

/// What a format can represent: outside its band is hatched, subnormal numbers lie on a tint. The band's own
/// ground is left as it is.
void paint_band(QPainter& painter, const ExponentAxis& axis, const QRectF& area, Format format);
/// The ends of the band: the largest exponent and the smallest normal number as lines, the smallest subnormal
/// dashed. Over what the histogram has painted.
void paint_band_marks(QPainter& painter, const ExponentAxis& axis, const QRectF& area, Format format);
/// Ticks and labels below `y`; returns the height they take.
double paint_exponents(QPainter& painter, const ExponentAxis& axis, double y);

}  // namespace halfwave::widgets
