#include "widgets/range_rows.h"

#include "widgets/policy_text.h"

#include <QCoreApplication>

#include <algorithm>
#include <tuple>

namespace halfwave::widgets {
namespace {

QString translated(const char* text) {
  return QCoreApplication::translate("RangePlot", text);
}

/// Fewer bits than this are a warning.
constexpr int little_headroom = 2;

}  // namespace

std::vector<StageRange> range_rows(const RangeEvent& event, RangeFilter filter, int layer) {
  std::vector<StageRange> rows;
  for (const StageRange& range : event.stages) {
    const bool wanted = filter == RangeFilter::both || range.backward == (filter == RangeFilter::gradients);
    if (wanted && (layer < 0 || range.layer == static_cast<std::size_t>(layer))) rows.push_back(range);
  }
  std::stable_sort(rows.begin(), rows.end(), [](const StageRange& a, const StageRange& b) {
    return std::tuple(a.layer, a.stage, a.backward) < std::tuple(b.layer, b.stage, b.backward);
  });
  return rows;
}

RangeState state_of(const StageRange& range) {
  const RangeHistogram& h = range.histogram;
  if (h.infinite + h.nan > 0) return RangeState::overflow;
  if (h.empty()) return RangeState::nothing;
  if (h.saturated > 0 && facts(range.format).saturates) return RangeState::saturated;
  return h.headroom(range.format) <= little_headroom ? RangeState::near : RangeState::fine;
}

QString headroom_text(const StageRange& range) {
  switch (state_of(range)) {
    case RangeState::overflow:
      return translated(range.histogram.infinite > 0 ? "overflow" : "NaN");
    case RangeState::nothing:
      return QStringLiteral("–");
    case RangeState::saturated:
      return translated("saturated");
    default:
      break;
  }
  const int bits = range.histogram.headroom(range.format);
  return translated(bits == 1 ? "+%1 bit" : "+%1 bits").arg(bits);
}

QString headroom_sentence(const StageRange& range) {
  const RangeHistogram& h = range.histogram;
  switch (state_of(range)) {
    case RangeState::overflow:
      return translated("%1 of %2 values are infinite, %3 are NaN.")
          .arg(h.infinite)
          .arg(h.counted)
          .arg(h.nan);
    case RangeState::nothing:
      return translated("All values are zero.");
    case RangeState::saturated:
      return translated("%1 of the values are at the format's largest value.")
          .arg(share_text(h.saturated, h.counted));
    default:
      return translated("The largest value may double %1 times before it overflows.")
          .arg(h.headroom(range.format));
  }
}

QString share_text(std::uint64_t count, std::uint64_t all) {
  if (count == 0 || all == 0) return QStringLiteral("0");
  const double percent = 100.0 * static_cast<double>(count) / static_cast<double>(all);
  if (percent < 0.01) return QStringLiteral("< 0.01 %");
  return QStringLiteral("%1 %").arg(percent, 0, 'f', percent < 0.1 ? 2 : percent < 10 ? 1 : 0);
}

QString power_of_two(int exponent) {
  static const QString digits = QStringLiteral("⁰¹²³⁴⁵⁶⁷⁸⁹");
  QString text = QStringLiteral("2");
  for (const QChar c : QString::number(exponent))
    text += c == QLatin1Char('-') ? QStringLiteral("⁻") : QString(digits[c.digitValue()]);
  return text;
}

QString row_label(const StageRange& range) {
  return (range.backward ? QStringLiteral("∂ ") : QString()) + stage_label(range.stage);
}

QString row_title(const StageRange& range, const QString& layer) {
  return layer + QStringLiteral(" · ") + row_label(range);
}

ExponentSpan span_of(const std::vector<StageRange>& rows) {
  bool any = false;
  ExponentSpan span{0, 0};
  const auto include = [&](int low, int high) {
    span = any ? ExponentSpan{std::min(span.low, low), std::max(span.high, high)} : ExponentSpan{low, high};
    any = true;
  };
  for (const StageRange& range : rows) {
    const FormatFacts& f = facts(range.format);
    if (f.storage_bits <= 16 && f.max_exponent < 100)
      include(f.min_exponent - f.mantissa_bits - 2, f.max_exponent + 4);
    if (!range.histogram.empty()) include(range.histogram.smallest() - 1, range.histogram.largest() + 2);
  }
  if (!any) return {};
  // Axes that hardly change hold still.
  const auto down = [](int x, int step) { return x - ((x % step) + step) % step; };
  return {std::max(down(span.low, 4), RangeHistogram::lowest_exponent),
          std::min(-down(-std::max(span.high, span.low + 8), 4), RangeHistogram::highest_exponent + 1)};
}

std::vector<int> exponent_ticks(const ExponentSpan& span, double width, double pixels) {
  int step = 1;
  while (step < 256 && step * width / std::max(1, span.count()) < pixels) step *= 2;
  std::vector<int> ticks;
  for (int e = span.low; e < span.high; ++e)
    if (e % step == 0) ticks.push_back(e);
  return ticks;
}

}  // namespace halfwave::widgets
