#pragma once

#include <QColor>
#include <QPen>

class QCustomPlot;

namespace halfwave::widgets {

/// Axes, grid, background and fonts of a plot in the colours of the theme.
void style_plot(QCustomPlot& plot);

/// Pen of a constant width with round joins.
QPen curve_pen(const QColor& colour, double width = 1.6, Qt::PenStyle style = Qt::SolidLine);

/// `over` laid on `under` with the opacity `share`.
QColor blend(const QColor& over, const QColor& under, double share);

}  // namespace halfwave::widgets
