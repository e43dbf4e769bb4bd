#include "widgets/format_text.h"

#include "widgets/plot_ticker.h"

#include <QCoreApplication>

namespace halfwave::widgets {
namespace {

QString tr(const char* source) {
  return QCoreApplication::translate("FormatText", source);
}

/// Exponents from the smallest to the largest normal one, and the pattern that zero and subnormals share; the
/// one of infinity fills the power of two up where there is one.
int exponent_bits(const FormatFacts& f) {
  int bits = 1;
  while ((1 << bits) < f.max_exponent - f.min_exponent + 2) ++bits;
  return bits;
}

/// Also for what lies below the smallest normal double, where dividing by a power of ten fails.
QString number(double value) {
  if (value >= 1e-3) return plain_number(value, value < 1e5 ? 5 : 3);
  const QString text = QString::number(value, 'e', 2);
  const int e = static_cast<int>(text.indexOf(u'e'));
  QString exponent;
  for (const QChar c : QString::number(text.mid(e + 1).toInt()))
    exponent += c == u'-' ? QChar(u'⁻') : QStringLiteral("⁰¹²³⁴⁵⁶⁷⁸⁹").at(c.digitValue());
  return text.left(e) + QStringLiteral("·10") + exponent;
}

}  // namespace

FormatText format_text(Format format) {
  const FormatFacts& f = facts(format);
  FormatText text;
  text.name = QString::fromUtf8(f.name.data(), static_cast<qsizetype>(f.name.size()));
  text.bits = QStringLiteral("1 + %1 + %2").arg(exponent_bits(f)).arg(f.mantissa_bits);
  text.stored = tr("%1 bits").arg(f.storage_bits);
  text.largest = number(f.max_finite);
  text.smallest_normal = number(f.min_normal);
  text.smallest = number(f.min_subnormal);
  text.roundoff = number(f.unit_roundoff);
  text.overflow = f.saturates ? tr("becomes the largest") : tr("becomes ±∞");
  return text;
}

QString format_tip(Format format) {
  const FormatText text = format_text(format);
  return tr("%1: %2 a value (sign + exponent + significand: %3 bits)")
             .arg(text.name, text.stored, text.bits) +
         u'\n' + tr("largest value %1, what exceeds it %2").arg(text.largest, text.overflow) + u'\n' +
         tr("smallest normal %1, smallest subnormal %2").arg(text.smallest_normal, text.smallest) + u'\n' +
         tr("unit roundoff %1").arg(text.roundoff);
}

QString format_brief(Format format) {
  const FormatText text = format_text(format);
  return tr("%1, up to %2").arg(text.stored, text.largest);
}

}  // namespace halfwave::widgets
