#include "widgets/colormap.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace halfwave::widgets {
namespace {

// Every eighth colour of the maps by van der Walt and Smith (viridis, magma, inferno; released as CC0) and of
// cividis (Nuñez, Anderton and Renslow 2018, doi:10.1371/journal.pone.0199239).
using Anchors = std::array<std::uint32_t, 33>;
constexpr Anchors viridis = {0x440154, 0x470d60, 0x48186a, 0x482374, 0x472d7b, 0x453681, 0x424086,
                             0x3f4989, 0x3b528b, 0x375a8d, 0x33638d, 0x2f6a8e, 0x2c728e, 0x297a8e,
                             0x26818e, 0x23898e, 0x21908c, 0x1f988b, 0x1f9f88, 0x21a685, 0x28ae80,
                             0x31b57b, 0x3ebc74, 0x4cc26c, 0x5dc963, 0x6ece58, 0x82d34c, 0x96d83f,
                             0xabdc32, 0xc0df24, 0xd5e21a, 0xeae51a, 0xfde725};
constexpr Anchors cividis = {0x00224e, 0x00285b, 0x002e6a, 0x043371, 0x1a386f, 0x273e6e, 0x32436d,
                             0x3b496c, 0x434e6c, 0x4b546c, 0x52596d, 0x5a5f6e, 0x61656f, 0x686a71,
                             0x6f7073, 0x757676, 0x7c7b78, 0x848179, 0x8b8778, 0x938d78, 0x9b9376,
                             0xa39a75, 0xaba072, 0xb3a670, 0xbbad6c, 0xc3b469, 0xccba64, 0xd4c15f,
                             0xddc958, 0xe6d051, 0xefd748, 0xf8df3c, 0xfee838};
constexpr Anchors magma = {0x000004, 0x030311, 0x0a0822, 0x130d33, 0x1d1146, 0x28115a, 0x36106a,
                           0x430f76, 0x50127c, 0x5d177f, 0x691c81, 0x762181, 0x822681, 0x8f2a81,
                           0x9c2e7f, 0xa9327d, 0xb63779, 0xc33b75, 0xcf4170, 0xdb486a, 0xe65163,
                           0xee5c5e, 0xf5695c, 0xf9785d, 0xfb8761, 0xfd9668, 0xfea571, 0xfeb47b,
                           0xfec387, 0xfed194, 0xfde0a2, 0xfceeb0, 0xfcfdbf};
constexpr Anchors inferno = {0x000004, 0x040312, 0x0b0724, 0x150b37, 0x210c4a, 0x2e0a5a, 0x3c0965,
                             0x4a0c6b, 0x57106d, 0x63146e, 0x70196e, 0x7d1e6d, 0x89226a, 0x962766,
                             0xa32b61, 0xaf315c, 0xbb3755, 0xc63e4d, 0xd14644, 0xdb4f3b, 0xe35932,
                             0xeb6528, 0xf1711e, 0xf67f14, 0xf98d0a, 0xfb9c06, 0xfcab0f, 0xfbba1f,
                             0xf9ca32, 0xf5d949, 0xf2e865, 0xf3f586, 0xfcffa4};

using Triple = std::array<double, 3>;

double to_linear(double c) {
  return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
}
double from_linear(double c) {
  c = std::clamp(c, 0.0, 1.0);
  return c <= 0.0031308 ? 12.92 * c : 1.055 * std::pow(c, 1.0 / 2.4) - 0.055;
}

// CIE L*a*b* (D65) to sRGB; colours outside sRGB are clipped.
Rgb from_lab(const Triple& lab) {
  constexpr double bend = 6.0 / 29.0;
  const auto inverse = [](double t) { return t > bend ? t * t * t : 3.0 * bend * bend * (t - 4.0 / 29.0); };
  const double fy = (lab[0] + 16.0) / 116.0;
  const double x = 0.95047 * inverse(fy + lab[1] / 500.0);
  const double y = inverse(fy);
  const double z = 1.08883 * inverse(fy - lab[2] / 200.0);
  const Triple linear = {3.2406 * x - 1.5372 * y - 0.4986 * z, -0.9689 * x + 1.8758 * y + 0.0415 * z,
                         0.0557 * x - 0.2040 * y + 1.0570 * z};
  Rgb rgb{};
  for (std::size_t k = 0; k < 3; ++k)
    rgb[k] = static_cast<std::uint8_t>(std::lround(255.0 * from_linear(linear[k])));
  return rgb;
}

// Spreads `count` points evenly over the table, calling emit(index, left point, share of the right point).
template <typename Emit>
void spread(std::size_t count, Emit emit) {
  for (std::size_t i = 0; i < 256; ++i) {
    const double t = static_cast<double>(i) / 255.0 * static_cast<double>(count - 1);
    const auto left = std::min(static_cast<std::size_t>(t), count - 2);
    emit(i, left, t - static_cast<double>(left));
  }
}

ColourTable from_anchors(const Anchors& anchors) {
  ColourTable table{};
  spread(anchors.size(), [&](std::size_t i, std::size_t left, double share) {
    for (std::size_t k = 0; k < 3; ++k) {
      const unsigned shift = 16 - 8 * static_cast<unsigned>(k);
      const double a = (anchors[left] >> shift) & 0xff;
      const double b = (anchors[left + 1] >> shift) & 0xff;
      table[i][k] = static_cast<std::uint8_t>(std::lround(a + share * (b - a)));
    }
  });
  return table;
}

// Blue to red through near white. Both arms have the same lightness at the same distance from the middle, so
// neither sign looks larger.
ColourTable make_diverging() {
  constexpr std::array<Triple, 5> lab = {
      {{37, 8, -48}, {67, -6, -32}, {95, 0, 0}, {67, 36, 26}, {37, 56, 34}}};
  ColourTable table{};
  spread(lab.size(), [&](std::size_t i, std::size_t left, double share) {
    Triple mixed{};
    for (std::size_t k = 0; k < 3; ++k) mixed[k] = lab[left][k] + share * (lab[left + 1][k] - lab[left][k]);
    table[i] = from_lab(mixed);
  });
  return table;
}

template <typename Measure>
ColourRange finite_range(const std::vector<float>& values, Measure measure) {
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  for (const float value : values) {
    if (!std::isfinite(value)) continue;
    low = std::min(low, measure(value));
    high = std::max(high, measure(value));
  }
  return low <= high ? ColourRange{low, high} : ColourRange{};
}

}  // namespace

const ColourTable& colour_table(ColourMap map) {
  static const std::array<ColourTable, all_colour_maps.size()> tables = {
      from_anchors(viridis), from_anchors(cividis), from_anchors(magma), from_anchors(inferno),
      make_diverging()};
  return tables[static_cast<std::size_t>(map)];
}

QString colour_map_name(ColourMap map) {
  switch (map) {
    case ColourMap::viridis:
      return QStringLiteral("viridis");
    case ColourMap::cividis:
      return QStringLiteral("cividis");
    case ColourMap::magma:
      return QStringLiteral("magma");
    case ColourMap::inferno:
      return QStringLiteral("inferno");
    case ColourMap::diverging:
      return QStringLiteral("diverging");
  }
  return {};
}

ColourMap colour_map_from_name(const QString& name) {
  for (const ColourMap map : all_colour_maps)
    if (colour_map_name(map) == name) return map;
  return ColourMap::viridis;
}

int ColourRange::index(double value) const {
  const double t = (value - low) / (high - low);
  return static_cast<int>(std::lround(255.0 * std::clamp(t, 0.0, 1.0)));
}

ColourRange ColourRange::padded() const {
  const double magnitude = std::max({std::abs(low), std::abs(high), 1e-30});
  if (high - low > 1e-6 * magnitude) return *this;
  const double half = std::max(0.05 * magnitude, 0.5 * (high - low));
  const double middle = 0.5 * (low + high);
  return middle == 0.0 && magnitude <= 1e-30 ? ColourRange{-1.0, 1.0}
                                             : ColourRange{middle - half, middle + half};
}

ColourRange range_of(const std::vector<float>& values) {
  return finite_range(values, [](float v) { return static_cast<double>(v); });
}

ColourRange symmetric_range_of(const std::vector<float>& values) {
  const double largest = finite_range(values, [](float v) { return std::abs(static_cast<double>(v)); }).high;
  return {-largest, largest};
}

double lightness(const Rgb& colour) {
  const double y = 0.2126 * to_linear(colour[0] / 255.0) + 0.7152 * to_linear(colour[1] / 255.0) +
                   0.0722 * to_linear(colour[2] / 255.0);
  constexpr double bend = 216.0 / 24389.0;
  return y > bend ? 116.0 * std::cbrt(y) - 16.0 : 24389.0 / 27.0 * y;
}

}  // namespace halfwave::widgets
