#include "widgets/policy_colours.h"

#include "widgets/plot_style.h"
#include "widgets/theme.h"

#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <array>

namespace halfwave::widgets {
namespace {

constexpr double light_share = 0.42;
constexpr double dark_share = 0.5;

QColor ground_of(const QColor& key) {
  const auto& colours = theme_colours();
  return blend(key, colours.panel, colours.dark ? dark_share : light_share);
}

}  // namespace

QColor format_key_colour(Format format) {
  // fp64 has no colour but the strongest contrast to the ground.
  if (format == Format::fp64) return QColor(theme_colours().dark ? 0xd4d8de : 0x41464e);
  static constexpr std::array<QRgb, all_formats.size()> keys = {0x41464e, 0x0072b2, 0xcc79a7, 0xe69f00,
                                                                0x009e73, 0xd55e00, 0xf0e442};
  return QColor(keys[static_cast<std::size_t>(format)]);
}

QColor format_colour(Format format) {
  return ground_of(format_key_colour(format));
}

QColor policy_key_colour(const std::string& preset) {
  if (preset == "full") return format_key_colour(Format::fp32);
  if (preset == "amp") return QColor(0x56b4e9);
  if (preset == "mixed") return format_key_colour(Format::fp16);
  if (preset == "naive") return format_key_colour(Format::fp8_e5m2);
  if (preset == "bf16") return format_key_colour(Format::bf16);
  if (preset == "tf32") return format_key_colour(Format::tf32);
  if (preset == "fp8") return format_key_colour(Format::fp8_e4m3);
  return format_key_colour(Format::fp64);
}

QColor policy_colour(const std::string& preset) {
  return ground_of(policy_key_colour(preset));
}

void fill_policy(QPainter& painter, const QRectF& area, const std::string& preset, bool edited) {
  painter.save();
  painter.fillRect(area, policy_colour(preset));
  if (edited) {
    QBrush hatch(policy_key_colour(preset), Qt::BDiagPattern);
    painter.setBrushOrigin(area.topLeft());
    painter.fillRect(area, hatch);
  }
  painter.restore();
}

void draw_policy_name(QPainter& painter, const QRectF& area, const QString& name, const QColor& ink) {
  const QFontMetricsF metrics(painter.font());
  const QString label = metrics.elidedText(name, Qt::ElideRight, area.width() - 8);
  if (label.size() < 3 && label != name) return;
  QRectF plate(0, 0, metrics.horizontalAdvance(label) + 6, std::min(area.height() - 2, metrics.height()));
  plate.moveCenter(area.center());
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  QColor ground = theme_colours().panel;
  ground.setAlphaF(0.72f);
  painter.setPen(Qt::NoPen);
  painter.setBrush(ground);
  painter.drawRoundedRect(plate, 3, 3);
  painter.setPen(ink);
  painter.drawText(area, Qt::AlignCenter, label);
  painter.restore();
}

QPixmap colour_swatch(const QColor& ground, const QColor& key, const QString& text) {
  constexpr qreal ratio = 2.0;
  const int width = text.isEmpty() ? 16 : 22;
  QPixmap pixmap(QSize(width, 16) * ratio);
  pixmap.setDevicePixelRatio(ratio);
  pixmap.fill(Qt::transparent);
  QPainter painter(&pixmap);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(key, 1.5));
  painter.setBrush(ground);
  const QRectF box(1.5, 1.5, width - 3, 13);
  painter.drawRoundedRect(box, 3, 3);
  painter.setPen(theme_colours().text);
  painter.drawText(box, Qt::AlignCenter, text);
  return pixmap;
}

}  // namespace halfwave::widgets
