#pragma once

#include <QColor>
#include <QString>

#include <array>
#include <cstdint>
#include <vector>

namespace halfwave::widgets {

/// Colour maps with evenly rising lightness, and one diverging map for signed values.
enum class ColourMap : std::uint8_t { viridis, cividis, magma, inferno, diverging };
inline constexpr std::array all_colour_maps = {ColourMap::viridis, ColourMap::cividis, ColourMap::magma,
                                               ColourMap::inferno, ColourMap::diverging};

using Rgb = std::array<std::uint8_t, 3>;
using ColourTable = std::array<Rgb, 256>;

/// 256 colours from the lowest to the highest value.
const ColourTable& colour_table(ColourMap map);
/// Name for menus and settings files.
QString colour_map_name(ColourMap map);
ColourMap colour_map_from_name(const QString& name);  ///< viridis when unknown

/// What a colour map is spread over. `low < high` always holds after `padded()`.
struct ColourRange {
  double low = 0.0;
  double high = 1.0;
  bool operator==(const ColourRange&) const = default;

  /// Index into a table for a finite value; values outside take the end colours.
  int index(double value) const;
  /// A range of no width widened a little, so that a constant field has a bar with distinct ticks.
  ColourRange padded() const;
};

/// Smallest and largest finite value; (0, 1) if there is none.
ColourRange range_of(const std::vector<float>& values);
/// (−m, m) with m the largest magnitude of a finite value.
ColourRange symmetric_range_of(const std::vector<float>& values);

/// Colour of values that are not finite.
inline constexpr Rgb not_finite_colour = {255, 0, 255};

/// CIE L* (0 to 100) of an sRGB colour, D65 white.
double lightness(const Rgb& colour);

}  // namespace halfwave::widgets
