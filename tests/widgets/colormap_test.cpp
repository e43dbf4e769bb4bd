#include "widgets/colormap.h"

#include "widgets/colour_bar.h"

#include <QTest>

#include <cmath>
#include <limits>

using namespace halfwave::widgets;

class ColormapTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void lightness_rises_in_sequential_maps() {
    for (const ColourMap map :
         {ColourMap::viridis, ColourMap::cividis, ColourMap::magma, ColourMap::inferno}) {
      const ColourTable& table = colour_table(map);
      // Rounding to 8 bits moves L* by at most 0.2 between neighbours.
      for (std::size_t i = 1; i < table.size(); ++i)
        QVERIFY2(lightness(table[i]) > lightness(table[i - 1]) - 0.2,
                 qPrintable(QStringLiteral("%1 at %2").arg(colour_map_name(map)).arg(i)));
      for (std::size_t i = 16; i < table.size(); ++i)
        QVERIFY(lightness(table[i]) > lightness(table[i - 16]) + 1);
      QVERIFY(lightness(table.back()) - lightness(table.front()) > 70);
    }
  }

  void known_colours() {
    QCOMPARE(colour_table(ColourMap::viridis).front(), (Rgb{0x44, 0x01, 0x54}));
    QCOMPARE(colour_table(ColourMap::viridis).back(), (Rgb{0xfd, 0xe7, 0x25}));
    QCOMPARE(colour_table(ColourMap::inferno).back(), (Rgb{0xfc, 0xff, 0xa4}));
    // matplotlib's viridis(127) is #21918c; the anchors may move each channel by 2.
    const Rgb middle = colour_table(ColourMap::viridis)[127];
    QVERIFY(std::abs(middle[0] - 0x21) <= 2 && std::abs(middle[1] - 0x91) <= 2 &&
            std::abs(middle[2] - 0x8c) <= 2);
  }

  void diverging_is_balanced() {
    const ColourTable& table = colour_table(ColourMap::diverging);
    for (std::size_t i = 0; i < 128; ++i) {
      const double left = lightness(table[i]);
      const double right = lightness(table[255 - i]);
      QVERIFY2(std::abs(left - right) < 1.5,
               qPrintable(QStringLiteral("%1: %2 %3").arg(i).arg(left).arg(right)));
      if (i > 0) QVERIFY(left > lightness(table[i - 1]) - 0.2);
    }
    QVERIFY(lightness(table[127]) > 94);
  }

  void lightness_of_known_colours() {
    QVERIFY(std::abs(lightness({255, 255, 255}) - 100.0) < 1e-6);
    QVERIFY(std::abs(lightness({0, 0, 0})) < 1e-9);
    QVERIFY(std::abs(lightness({119, 119, 119}) - 50.03) < 0.02);
  }

  void index_covers_the_table_and_clamps() {
    const ColourRange range{-2.0, 2.0};
    QCOMPARE(range.index(-2.0), 0);
    QCOMPARE(range.index(2.0), 255);
    QCOMPARE(range.index(-1e30), 0);
    QCOMPARE(range.index(1e30), 255);
    QCOMPARE(range.index(0.0), 128);
  }

  void ranges_ignore_what_is_not_finite() {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const float inf = std::numeric_limits<float>::infinity();
    QCOMPARE(range_of({nan, 1.0f, -3.0f, inf}), (ColourRange{-3.0, 1.0}));
    QCOMPARE(symmetric_range_of({nan, 1.0f, -3.0f, inf}), (ColourRange{-3.0, 3.0}));
    QCOMPARE(range_of({nan, inf}), (ColourRange{0.0, 1.0}));
  }

  void constant_fields_get_a_range() {
    for (const double value : {0.0, 12.0, -3e-9, 1e20}) {
      const ColourRange padded = ColourRange{value, value}.padded();
      QVERIFY(padded.low < value && value < padded.high);
    }
    QCOMPARE((ColourRange{3.0, 12.0}.padded()), (ColourRange{3.0, 12.0}));
  }

  void names_round_trip() {
    for (const ColourMap map : all_colour_maps) QCOMPARE(colour_map_from_name(colour_map_name(map)), map);
    QCOMPARE(colour_map_from_name(QStringLiteral("no such map")), ColourMap::viridis);
  }

  void ticks_are_round_and_few() {
    QCOMPARE(nice_ticks({3.0, 12.0}, 5), (std::vector<double>{4, 6, 8, 10, 12}));
    QCOMPARE(nice_ticks({-1.0, 1.0}, 3), (std::vector<double>{-1, 0, 1}));
    for (const double scale : {1e-8, 1e-3, 1.0, 7e5})
      for (int most = 2; most <= 7; ++most) {
        const auto ticks = nice_ticks({-0.37 * scale, 0.91 * scale}, most);
        QVERIFY(!ticks.empty() && static_cast<int>(ticks.size()) <= most);
      }
    QVERIFY(nice_ticks({1.0, 1.0}, 5).empty());
  }

  void values_are_written_with_a_minus_sign() {
    QCOMPARE(format_value(-0.25), QStringLiteral("−0.25"));
    QCOMPARE(format_value(std::numeric_limits<double>::quiet_NaN()), QStringLiteral("NaN"));
    QCOMPARE(format_value(123456.0), QStringLiteral("1.235·10⁵"));
    QCOMPARE(format_value(-3.5e-5), QStringLiteral("−3.5·10⁻⁵"));
    QCOMPARE(format_value(0.0), QStringLiteral("0"));
  }
};

QTEST_GUILESS_MAIN(ColormapTest)
#include "colormap_test.moc"
