#pragma once

#include "widgets/plot_series.h"

#include <QByteArray>
#include <QImage>
#include <QString>

#include <vector>

namespace halfwave::widgets {

class PlotView;

/// One curve as a table has it.
struct PlotColumn {
  QString name;
  PlotSeries series;
};

/// A line of names, then a line for every x that any curve has; cells where a curve has no point are empty.
/// Numbers read back exactly. Only points with x within [from, to].
QString plot_csv(const QString& x_name, const std::vector<PlotColumn>& columns, double from, double to);

/// A plot as it is seen, with the names of its curves over it.
QImage plot_picture(PlotView& view, double scale = 2.0);
QByteArray plot_svg(PlotView& view);

/// Writes a file whole or not at all. Returns one sentence if that fails, an empty text otherwise.
QString write_plot_file(const QString& path, const QByteArray& bytes);

}  // namespace halfwave::widgets
