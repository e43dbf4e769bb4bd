#include "widgets/plot_export.h"

#include "core/error.h"
#include "core/files/atomic_file.h"
#include "widgets/plot_legend.h"
#include "widgets/plot_view.h"
#include "widgets/qcustomplot_header.h"
#include "widgets/theme.h"

#include <QBuffer>
#include <QCoreApplication>
#include <QSvgGenerator>

#include <algorithm>
#include <cmath>

namespace halfwave::widgets {
namespace {

QString csv_cell(QString text) {
  if (!text.contains(u',') && !text.contains(u'"') && !text.contains(u'\n')) return text;
  return u'"' + text.replace(u'"', QStringLiteral("\"\"")) + u'"';
}

QString exact(double value) {
  if (std::isnan(value)) return QStringLiteral("nan");
  if (std::isinf(value)) return value > 0 ? QStringLiteral("inf") : QStringLiteral("-inf");
  return QString::number(value, 'g', 17);
}

void paint(PlotView& view, QCPPainter& painter) {
  const QSize size = view.picture_size();
  painter.fillRect(QRect(QPoint(), size), theme_colours().plot_background);
  painter.setFont(view.font());
  const int top = view.legend()->draw(painter, size.width());
  painter.translate(0, top);
  view.draw_plot(painter, size - QSize(0, top));
}

}  // namespace

QString plot_csv(const QString& x_name, const std::vector<PlotColumn>& columns, double from, double to) {
  QString text = csv_cell(x_name);
  std::vector<double> all;
  for (const PlotColumn& column : columns) {
    text += u',' + csv_cell(column.name);
    for (const double x : column.series.x())
      if (x >= from && x <= to) all.push_back(x);
  }
  text += u'\n';
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  std::vector<std::size_t> next(columns.size(), 0);
  for (const double x : all) {
    text += exact(x);
    for (std::size_t k = 0; k < columns.size(); ++k) {
      const PlotSeries& series = columns[k].series;
      while (next[k] < series.size() && series.x()[next[k]] < x) ++next[k];
      text += u',';
      if (next[k] < series.size() && series.x()[next[k]] == x) text += exact(series.y()[next[k]]);
    }
    text += u'\n';
  }
  return text;
}

QImage plot_picture(PlotView& view, double scale) {
  QImage image(view.picture_size() * scale, QImage::Format_RGB32);
  image.fill(theme_colours().plot_background);
  QCPPainter painter(&image);
  painter.scale(scale, scale);
  paint(view, painter);
  painter.end();
  return image;
}

QByteArray plot_svg(PlotView& view) {
  QBuffer buffer;
  buffer.open(QIODevice::WriteOnly);
  QSvgGenerator svg;
  svg.setOutputDevice(&buffer);
  svg.setSize(view.picture_size());
  svg.setViewBox(QRect(QPoint(), view.picture_size()));
  svg.setTitle(view.accessibleName());
  QCPPainter painter;
  painter.begin(&svg);
  paint(view, painter);
  painter.end();
  return buffer.data();
}

QString write_plot_file(const QString& path, const QByteArray& bytes) {
  try {
    replace_file(path.toStdString(), {bytes.constData(), static_cast<std::size_t>(bytes.size())}, false);
    return {};
  } catch (const Error& error) {
    return QString::fromUtf8(error.what());
  }
}

}  // namespace halfwave::widgets
