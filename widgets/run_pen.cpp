#include "widgets/run_pen.h"

#include "widgets/plot_style.h"
#include "widgets/theme.h"

#include <QPainter>
#include <QPixmap>

#include <algorithm>
#include <array>

namespace halfwave::widgets {

QPen run_pen(int colour, double width) {
  constexpr std::array styles = {Qt::SolidLine, Qt::DashLine, Qt::DotLine, Qt::DashDotLine};
  const auto index = static_cast<std::size_t>(std::max(colour, 0));
  const std::size_t colours = series_colours().size();
  return curve_pen(series_colour(index % colours), width, styles[index / colours % styles.size()]);
}

QIcon run_key(int colour, double ratio) {
  if (colour < 0) return {};
  constexpr QSize size(24, 14);
  QPixmap picture(size * ratio);
  picture.setDevicePixelRatio(ratio);
  picture.fill(Qt::transparent);
  QPainter painter(&picture);
  painter.setRenderHint(QPainter::Antialiasing);
  // A ground of its own: it is also seen on the colour of a selection.
  painter.setPen(Qt::NoPen);
  painter.setBrush(theme_colours().plot_background);
  painter.drawRoundedRect(QRectF(QPointF(0, 0), size), 3, 3);
  painter.setPen(run_pen(colour, 3.0));
  painter.drawLine(QPointF(2, size.height() / 2.0), QPointF(size.width() - 2, size.height() / 2.0));
  painter.end();
  QIcon icon(picture);
  icon.addPixmap(picture, QIcon::Selected);
  return icon;
}

}  // namespace halfwave::widgets
