#include "widgets/plot_style.h"

#include "widgets/qcustomplot_header.h"
#include "widgets/theme.h"

namespace halfwave::widgets {

QColor blend(const QColor& over, const QColor& under, double share) {
  const auto mix = [share](float a, float b) { return static_cast<float>(a * share + b * (1 - share)); };
  return QColor::fromRgbF(mix(over.redF(), under.redF()), mix(over.greenF(), under.greenF()),
                          mix(over.blueF(), under.blueF()));
}

QPen curve_pen(const QColor& colour, double width, Qt::PenStyle style) {
  QPen pen(colour, width, style, Qt::RoundCap, Qt::RoundJoin);
  pen.setCosmetic(true);
  return pen;
}

void style_plot(QCustomPlot& plot) {
  const auto& colours = theme_colours();
  plot.setBackground(QBrush(colours.plot_background));
  const QPen axis_pen = curve_pen(colours.plot_axis, 1);
  for (QCPAxis* axis : {plot.xAxis, plot.yAxis, plot.xAxis2, plot.yAxis2}) {
    axis->setBasePen(axis_pen);
    axis->setTickPen(axis_pen);
    axis->setSubTickPen(axis_pen);
    axis->setTickLabelColor(colours.plot_text);
    axis->setLabelColor(colours.plot_text);
    axis->setTickLabelFont(plot.font());
    axis->setLabelFont(plot.font());
    axis->setTickLength(0, 4);
    axis->setSubTickLength(0, 2);
    axis->setTickLabelPadding(spacing_small);
    axis->setLabelPadding(spacing_small);
    axis->grid()->setPen(curve_pen(colours.plot_grid, 1));
    axis->grid()->setSubGridPen(curve_pen(blend(colours.plot_grid, colours.plot_background, 0.5), 1));
    axis->grid()->setZeroLinePen(curve_pen(colours.plot_grid, 1));
  }
}

}  // namespace halfwave::widgets
