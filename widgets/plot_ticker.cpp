#include "widgets/plot_ticker.h"

#include <algorithm>
#include <cmath>

namespace halfwave::widgets {
namespace {

QString superscript(int exponent) {
  static const QString digits = QStringLiteral("⁰¹²³⁴⁵⁶⁷⁸⁹");
  QString text;
  for (const QChar c : QString::number(exponent)) text += c == u'-' ? QChar(u'⁻') : digits[c.digitValue()];
  return text;
}

/// Multiples of the powers of ten within the range.
QVector<double> multiples(const QCPRange& range, std::initializer_list<int> factors) {
  QVector<double> ticks;
  const int first = static_cast<int>(std::floor(std::log10(range.lower)));
  const int last = static_cast<int>(std::ceil(std::log10(range.upper)));
  for (int decade = first; decade <= last; ++decade)
    for (const int factor : factors) {
      const double tick = factor * std::pow(10.0, decade);
      if (tick >= range.lower * (1 - 1e-12) && tick <= range.upper * (1 + 1e-12)) ticks << tick;
    }
  return ticks;
}

}  // namespace

QString plain_number(double value, int significant) {
  if (std::isnan(value)) return QStringLiteral("NaN");
  if (std::isinf(value)) return value > 0 ? QStringLiteral("∞") : QStringLiteral("−∞");
  if (value == 0.0) return QStringLiteral("0");
  const double magnitude = std::abs(value);
  if (magnitude >= 1e-3 && magnitude < 1e5) {
    const int decimals = std::max(0, significant - 1 - static_cast<int>(std::floor(std::log10(magnitude))));
    QString text = QString::number(value, 'f', decimals);
    if (text.contains(u'.')) {
      while (text.endsWith(u'0')) text.chop(1);
      if (text.endsWith(u'.')) text.chop(1);
    }
    return text.replace(u'-', QStringLiteral("−"));
  }
  int exponent = static_cast<int>(std::floor(std::log10(magnitude)));
  QString mantissa = QString::number(value / std::pow(10.0, exponent), 'g', significant);
  if (std::abs(mantissa.toDouble()) >= 10.0) {
    ++exponent;
    mantissa = value < 0 ? QStringLiteral("-1") : QStringLiteral("1");
  }
  mantissa.replace(u'-', QStringLiteral("−"));
  const QString power = QStringLiteral("10") + superscript(exponent);
  if (mantissa == QStringLiteral("1")) return power;
  if (mantissa == QStringLiteral("−1")) return QStringLiteral("−") + power;
  return mantissa + QStringLiteral("·") + power;
}

LogTicker::LogTicker() {
  setTickCount(6);
}

double LogTicker::getTickStep(const QCPRange& range) {
  range_ = range;
  return QCPAxisTicker::getTickStep(range);
}

int LogTicker::getSubTickCount(double) {
  return 0;
}

QVector<double> LogTicker::createTickVector(double step, const QCPRange& range) {
  if (!(range.lower > 0) || !(range.upper > range.lower)) return {};
  const double decades = std::log10(range.upper / range.lower);
  if (decades < 0.7) return QCPAxisTicker::createTickVector(step, range);
  if (decades < 1.3) return multiples(range, {1, 2, 3, 5, 7});
  if (decades < 3) return multiples(range, {1, 2, 5});
  if (decades < 8) return multiples(range, {1});
  const int stride = static_cast<int>(std::ceil(decades / 6));
  QVector<double> ticks;
  for (const double tick : multiples(range, {1}))
    if (static_cast<int>(std::lround(std::log10(tick))) % stride == 0) ticks << tick;
  return ticks;
}

QVector<double> LogTicker::createSubTickVector(int, const QVector<double>&) {
  if (!(range_.lower > 0) || std::log10(range_.upper / range_.lower) >= 8) return {};
  return multiples(range_, {2, 3, 4, 5, 6, 7, 8, 9});
}

QString LogTicker::getTickLabel(double tick, const QLocale&, QChar, int) {
  return plain_number(tick);
}

double LinearTicker::getTickStep(const QCPRange& range) {
  double step = QCPAxisTicker::getTickStep(range);
  if (whole_ && step > 1) step = std::floor(step);
  return std::max(step, least_step_);
}

int LinearTicker::getSubTickCount(double step) {
  return step <= least_step_ ? 0 : QCPAxisTicker::getSubTickCount(step);
}

QString LinearTicker::getTickLabel(double tick, const QLocale&, QChar, int) {
  return plain_number(std::abs(tick) < 1e-12 ? 0.0 : tick, 6);
}

}  // namespace halfwave::widgets
