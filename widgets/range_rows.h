#pragma once

#include "core/training/events.h"

#include <QString>

#include <cstdint>
#include <vector>

namespace halfwave::widgets {

/// Which rows of a range event are shown.
enum class RangeFilter : std::uint8_t { values, gradients, both };

/// How near a stage's values are to the end of their format.
enum class RangeState : std::uint8_t { fine, near, saturated, overflow, nothing };

/// What tells one row of a range event from another.
struct RangeKey {
  std::size_t layer = 0;
  Stage stage = Stage::pointwise;
  bool backward = false;
  bool operator==(const RangeKey&) const = default;
};
inline RangeKey key_of(const StageRange& range) {
  return {range.layer, range.stage, range.backward};
}

/// The rows that are shown, in the order of the policy table. `layer` < 0 = all layers.
std::vector<StageRange> range_rows(const RangeEvent& event, RangeFilter filter, int layer);

RangeState state_of(const StageRange& range);
/// `+6 bits`, `saturated`, `overflow`; a dash where all values are zero.
QString headroom_text(const StageRange& range);
/// Headroom as a sentence, for tooltips and screen readers.
QString headroom_sentence(const StageRange& range);

/// `12 %`, `0.3 %`, `< 0.01 %`; 0 as `0`.
QString share_text(std::uint64_t count, std::uint64_t all);
/// `2⁻¹⁴`.
QString power_of_two(int exponent);
/// `block.0 · ∂ contraction`.
QString row_title(const StageRange& range, const QString& layer);
QString row_label(const StageRange& range);

/// Exponents `low` … `high - 1`.
struct ExponentSpan {
  int low = -26;
  int high = 18;
  int count() const { return high - low; }
  bool operator==(const ExponentSpan&) const = default;
};
/// All values of the rows and the bands of their narrow formats, with a little room at both ends.
ExponentSpan span_of(const std::vector<StageRange>& rows);

/// Exponents to label, at least `pixels` apart on an axis of `width`.
std::vector<int> exponent_ticks(const ExponentSpan& span, double width, double pixels);

}  // namespace halfwave::widgets
