#pragma once

#include "core/precision/format.h"

#include <QString>
#include <QStringList>

namespace halfwave::widgets {

/// What is to be said of a format, in the order of the columns of a table.
struct FormatText {
  QString name;
  QString bits;    ///< sign, exponent and significand: `1 + 5 + 10`
  QString stored;  ///< `16 bits`
  QString largest;
  QString smallest_normal;
  QString smallest;  ///< the smallest subnormal
  QString roundoff;
  QString overflow;  ///< `becomes ±∞`
};
FormatText format_text(Format format);

/// The same as lines, for a tooltip.
QString format_tip(Format format);
/// `16 bits, up to 65504`, for a menu.
QString format_brief(Format format);

}  // namespace halfwave::widgets
