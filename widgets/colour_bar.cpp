#include "widgets/colour_bar.h"

#include "widgets/theme.h"

#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <cmath>

namespace halfwave::widgets {
namespace {

constexpr int bar_width = 12;
constexpr int tip_height = 8;
constexpr int tick_length = 4;
constexpr int label_characters = 6;

int line_height(const QWidget& widget) {
  return widget.fontMetrics().height();
}

// The power of ten that is written once above the bar, so that tick labels stay short; 0 for none.
int common_exponent(const ColourRange& range) {
  const double largest = std::max(std::abs(range.low), std::abs(range.high));
  if (largest >= 0.01 && largest < 1e4) return 0;
  return static_cast<int>(std::floor(std::log10(largest) + 1e-9));
}

QString power_of_ten(int exponent) {
  static const QString digits = QStringLiteral("⁰¹²³⁴⁵⁶⁷⁸⁹");
  QString text = QStringLiteral("10");
  for (const QChar c : QString::number(exponent))
    text += c == QLatin1Char('-') ? QStringLiteral("⁻") : QString(digits[c.digitValue()]);
  return text;
}

// All labels of one bar have the same number of decimals.
QStringList tick_labels(const std::vector<double>& ticks, int exponent) {
  QStringList labels;
  if (ticks.empty()) return labels;
  const double scale = std::pow(10.0, exponent);
  const double step = (ticks.back() - ticks.front()) / scale / std::max<double>(ticks.size() - 1.0, 1.0);
  int decimals = 0;
  while (decimals < 6 && std::abs(step - std::round(step * std::pow(10.0, decimals)) /
                                             std::pow(10.0, decimals)) > 1e-6 * step)
    ++decimals;
  for (const double t : ticks)
    labels << QString::number(t / scale, 'f', decimals).replace(QLatin1Char('-'), QChar(0x2212));
  return labels;
}

// Round numbers; on a bar too short for two of them its rounded ends.
std::vector<double> bar_ticks(const ColourRange& range, int most) {
  std::vector<double> ticks = nice_ticks(range, most);
  if (ticks.size() >= 2) return ticks;
  const double step = std::pow(10.0, std::floor(std::log10(range.high - range.low)) - 1.0);
  return {std::ceil(range.low / step - 1e-9) * step, std::floor(range.high / step + 1e-9) * step};
}

}  // namespace

QString format_value(double value, int digits) {
  if (std::isnan(value)) return QStringLiteral("NaN");
  if (std::isinf(value)) return value > 0 ? QStringLiteral("+∞") : QStringLiteral("−∞");
  const QStringList parts = QString::number(value, 'g', digits).split(QLatin1Char('e'));
  QString text = parts[0];
  text.replace(QLatin1Char('-'), QChar(0x2212));
  return parts.size() > 1 ? text + QChar(0x00b7) + power_of_ten(parts[1].toInt()) : text;
}

std::vector<double> nice_ticks(const ColourRange& range, int most) {
  const double width = range.high - range.low;
  if (!(width > 0.0) || !std::isfinite(width) || most < 1) return {};
  const double rough = width / most;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 2.5, 5.0, 10.0, 20.0}) {
    const double step = factor * power;
    const double first = std::ceil(range.low / step - 1e-9);
    const double last = std::floor(range.high / step + 1e-9);
    if (last - first + 1 > most) continue;
    std::vector<double> ticks;
    for (double k = first; k <= last; k += 1.0) ticks.push_back(k == 0.0 ? 0.0 : k * step);
    return ticks;
  }
  return {};
}

ColourBar::ColourBar(QWidget* parent) : QWidget(parent) {
  setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Expanding);
  setAttribute(Qt::WA_TransparentForMouseEvents);
}

void ColourBar::set_map(ColourMap map) {
  if (map == map_) return;
  map_ = map;
  update();
}

void ColourBar::set_range(const ColourRange& range) {
  const ColourRange padded = range.padded();
  if (padded == range_) return;
  range_ = padded;
  setAccessibleName(tr("Colour bar from %1 to %2").arg(format_value(range_.low), format_value(range_.high)));
  update();
}

void ColourBar::set_unit(const QString& unit) {
  if (unit == unit_) return;
  unit_ = unit;
  update();
}

void ColourBar::set_outside(bool below, bool above) {
  if (below == below_ && above == above_) return;
  below_ = below;
  above_ = above;
  update();
}

QSize ColourBar::sizeHint() const {
  const int labels = fontMetrics().horizontalAdvance(QString(label_characters, QLatin1Char('0')));
  return {bar_width + tick_length + spacing_small + labels, 160};
}

QSize ColourBar::minimumSizeHint() const {
  return {sizeHint().width(), 64};
}

void ColourBar::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const ThemeColours& colours = theme_colours();
  const int text_height = line_height(*this);
  // Half a line stays free at both ends for the labels there.
  const int head = text_height + 2;
  const int end = std::max(text_height / 2, tip_height + 1);
  const std::vector<double> ticks =
      bar_ticks(range_, std::clamp((height() - head - 2 * end) / (text_height + 8), 2, 7));
  const int exponent = common_exponent(range_);
  QStringList head_parts;
  if (exponent != 0) head_parts << QChar(0x00d7) + power_of_ten(exponent);
  if (!unit_.isEmpty()) head_parts << unit_;
  const int top = (head_parts.isEmpty() ? 0 : head) + end;
  const int bottom = height() - end;
  if (bottom - top < 8) return;

  if (!head_parts.isEmpty()) {
    painter.setPen(colours.muted_text);
    painter.drawText(QRect(0, 0, width(), text_height), Qt::AlignLeft | Qt::AlignVCenter,
                     fontMetrics().elidedText(head_parts.join(QChar(' ')), Qt::ElideRight, width()));
  }

  const ColourTable& table = colour_table(map_);
  const auto colour = [&](std::size_t i) { return QColor(table[i][0], table[i][1], table[i][2]); };
  QImage strip(1, 256, QImage::Format_RGB32);
  for (std::size_t i = 0; i < 256; ++i) strip.setPixelColor(0, 255 - static_cast<int>(i), colour(i));
  const QRect bar(1, top, bar_width, bottom - top);
  painter.drawImage(bar, strip);
  painter.setPen(colours.plot_axis);
  painter.setBrush(Qt::NoBrush);
  painter.drawRect(QRectF(bar).adjusted(0.5, 0.5, -0.5, -0.5));

  const auto tip = [&](double base, double point, const QColor& fill) {
    QPainterPath path;
    path.moveTo(bar.left() + 0.5, base);
    path.lineTo(bar.left() + bar_width / 2.0, point);
    path.lineTo(bar.right() + 0.5, base);
    path.closeSubpath();
    painter.setBrush(fill);
    painter.drawPath(path);
  };
  if (above_) tip(top, top - tip_height, colour(255));
  if (below_) tip(bottom, bottom + tip_height, colour(0));

  const QStringList labels = tick_labels(ticks, exponent);
  const int text_left = bar.right() + 1 + tick_length + spacing_small;
  for (std::size_t i = 0; i < ticks.size(); ++i) {
    const double y = bottom - (ticks[i] - range_.low) / (range_.high - range_.low) * (bottom - top);
    painter.setPen(colours.plot_axis);
    painter.drawLine(QPointF(bar.right() + 1, y), QPointF(bar.right() + 1 + tick_length, y));
    painter.setPen(colours.plot_text);
    painter.drawText(
        QRectF(text_left, y - text_height / 2.0, width() - text_left, text_height),
        Qt::AlignLeft | Qt::AlignVCenter,
        fontMetrics().elidedText(labels[static_cast<int>(i)], Qt::ElideRight, width() - text_left));
  }
}

}  // namespace halfwave::widgets
