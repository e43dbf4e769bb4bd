#include "app/lab/icons.h"

#include <QApplication>
#include <QFile>
#include <QIconEngine>
#include <QPainter>
#include <QPalette>
#include <QPixmap>
#include <QSvgRenderer>

namespace halfwave::lab {
namespace {

/// Draws a picture whose `currentColor` is the text colour at the time of drawing.
class PaletteIcon : public QIconEngine {
 public:
  explicit PaletteIcon(QByteArray svg) : svg_(std::move(svg)) {}

  void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override {
    const bool disabled = mode == QIcon::Disabled;
    const QColor colour =
        QApplication::palette().color(disabled ? QPalette::Disabled : QPalette::Active, QPalette::WindowText);
    QByteArray svg = svg_;
    svg.replace("currentColor", colour.name().toLatin1());
    QSvgRenderer renderer(svg);
    if (disabled) painter->setOpacity(0.45);
    renderer.render(painter, rect);
  }

  QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override {
    QPixmap pixmap(size);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    paint(&painter, QRect(QPoint(0, 0), size), mode, state);
    return pixmap;
  }

  QIconEngine* clone() const override { return new PaletteIcon(svg_); }

 private:
  QByteArray svg_;
};

}  // namespace

QIcon themed_icon(const QString& name) {
  QFile file(":/halfwave/icons/" + name + ".svg");
  if (!file.open(QIODevice::ReadOnly)) return {};
  return QIcon(new PaletteIcon(file.readAll()));
}

}  // namespace halfwave::lab
