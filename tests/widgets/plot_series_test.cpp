#include "widgets/plot_series.h"

#include "widgets/plot_export.h"
#include "widgets/plot_smoothing.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <limits>

using halfwave::widgets::PlotSeries;

class PlotSeriesTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void few_points_are_kept_as_they_are();
  void many_points_keep_every_peak();
  void only_the_range_and_its_neighbours_are_returned();
  void values_that_are_not_finite_become_gaps();
  void going_back_overwrites();
  void range_and_nearest();
  void means_and_bands_of_neighbours();
  void means_are_kept_until_the_curve_changes();
  void tables_hold_every_point();
};

void PlotSeriesTest::few_points_are_kept_as_they_are() {
  PlotSeries s;
  for (int i = 0; i < 10; ++i) s.append(i, i * i);
  const auto shown = s.decimated(-1, 20, 100);
  QCOMPARE(shown.x, s.x());
  QCOMPARE(shown.y, s.y());
  QVERIFY(PlotSeries().decimated(0, 1, 10).x.empty());
  QVERIFY(s.decimated(3, 3, 10).x.empty());
}

void PlotSeriesTest::many_points_keep_every_peak() {
  PlotSeries s;
  const int n = 200000;
  for (int i = 0; i < n; ++i) s.append(i, std::sin(i * 0.01));
  PlotSeries spiked;
  for (int i = 0; i < n; ++i)
    spiked.append(i, i == 123456 ? 50.0 : i == 77777 ? -40.0 : s.y()[std::size_t(i)]);
  const auto shown = spiked.decimated(0, n, 500);
  QVERIFY2(shown.x.size() <= 2 * 500 + 2, qPrintable(QString::number(shown.x.size())));
  QCOMPARE(*std::max_element(shown.y.begin(), shown.y.end()), 50.0);
  QCOMPARE(*std::min_element(shown.y.begin(), shown.y.end()), -40.0);
  QVERIFY(std::is_sorted(shown.x.begin(), shown.x.end()));
}

void PlotSeriesTest::only_the_range_and_its_neighbours_are_returned() {
  PlotSeries s;
  for (int i = 0; i < 100; ++i) s.append(i, i);
  const auto shown = s.decimated(20.5, 30.5, 100);
  QCOMPARE(shown.x.front(), 20.0);
  QCOMPARE(shown.x.back(), 31.0);
}

void PlotSeriesTest::values_that_are_not_finite_become_gaps() {
  PlotSeries s;
  for (int i = 0; i < 10000; ++i) s.append(i, i == 5000 ? std::numeric_limits<double>::infinity() : 1.0);
  for (const int buckets : {50, 100000}) {
    const auto shown = s.decimated(0, 10000, buckets);
    QCOMPARE(std::count_if(shown.y.begin(), shown.y.end(), [](double v) { return std::isnan(v); }), 1);
    QVERIFY(std::none_of(shown.y.begin(), shown.y.end(), [](double v) { return std::isinf(v); }));
  }
}

void PlotSeriesTest::going_back_overwrites() {
  PlotSeries s;
  for (int i = 0; i < 10; ++i) s.append(i, 1);
  s.append(4, 2);
  QCOMPARE(s.size(), std::size_t(5));
  QCOMPARE(s.y().back(), 2.0);
  s.append(5, 3);
  QCOMPARE(s.x().back(), 5.0);
}

void PlotSeriesTest::range_and_nearest() {
  PlotSeries s;
  s.append(0, -2);
  s.append(1, std::nan(""));
  s.append(2, 0.5);
  s.append(10, 8);
  double low = 1e9, high = -1e9;
  s.extend_range(low, high, false);
  QCOMPARE(low, -2.0);
  QCOMPARE(high, 8.0);
  low = 1e9, high = -1e9;
  s.extend_range(low, high, true);
  QCOMPARE(low, 0.5);
  QCOMPARE(s.nearest(-5), std::size_t(0));
  QCOMPARE(s.nearest(5.9), std::size_t(2));
  QCOMPARE(s.nearest(6.1), std::size_t(3));
  QCOMPARE(s.nearest(99), std::size_t(3));
}

void PlotSeriesTest::means_and_bands_of_neighbours() {
  PlotSeries s;
  const std::size_t n = 500;
  for (std::size_t i = 0; i < n; ++i)
    s.append(double(i), i == 70 ? std::nan("") : std::sin(0.37 * double(i)));
  for (const int window : {1, 2, 3, 10, 2000}) {
    const auto smooth = halfwave::widgets::smoothed(s, window);
    QCOMPARE(smooth.mean.x(), s.x());
    QVERIFY(std::isnan(smooth.mean.y()[70]) && std::isnan(smooth.low.y()[70]));
    for (std::size_t i = 0; i < n; ++i) {
      if (i == 70) continue;
      // The sum over the window, plainly.
      const auto w = static_cast<std::size_t>(window);
      const std::size_t from = i < w / 2 ? 0 : i - w / 2, to = std::min(n, i + (w - 1 - w / 2) + 1);
      double sum = 0, low = 1e9, high = -1e9;
      int count = 0;
      for (std::size_t k = from; k < to; ++k) {
        if (!std::isfinite(s.y()[k])) continue;
        sum += s.y()[k];
        low = std::min(low, s.y()[k]);
        high = std::max(high, s.y()[k]);
        ++count;
      }
      // Two orders of summation of at most 500 numbers below 1.
      QVERIFY(std::abs(smooth.mean.y()[i] - sum / count) < 1e-13);
      QCOMPARE(smooth.low.y()[i], low);
      QCOMPARE(smooth.high.y()[i], high);
    }
  }
}

void PlotSeriesTest::means_are_kept_until_the_curve_changes() {
  PlotSeries s, other;
  for (int i = 0; i < 20; ++i) s.append(i, i * i);
  for (int i = 0; i < 20; ++i) other.append(i, -i);
  halfwave::widgets::SmoothingCache cache;
  const auto agrees = [&cache](const PlotSeries& series, int window) {
    return cache.of(series, window).mean.y() == halfwave::widgets::smoothed(series, window).mean.y();
  };
  QVERIFY(agrees(s, 3));
  const auto revision = cache.of(s, 3).mean.revision();
  QCOMPARE(cache.of(PlotSeries(s), 3).mean.revision(), revision);  // a copy has the same points
  QVERIFY(agrees(s, 5));
  QVERIFY(agrees(other, 5));
  s.append(12, 7);  // shorter now
  QVERIFY(agrees(s, 5));
  s.clear();
  QVERIFY(cache.of(s, 5).mean.empty());
  QVERIFY(s.revision() != PlotSeries().revision());
}

void PlotSeriesTest::tables_hold_every_point() {
  PlotSeries a, b;
  a.append(0.5, 0.1);
  a.append(1, std::nan(""));
  a.append(2, 1.0 / 3.0);
  b.append(1, 4);
  const std::vector<halfwave::widgets::PlotColumn> columns = {{"a, first", a}, {"b", b}};
  const QStringList lines = halfwave::widgets::plot_csv("epoch", columns, -1e9, 1e9).split(u'\n');
  QCOMPARE(lines.size(), 5);
  QCOMPARE(lines[0], QStringLiteral("epoch,\"a, first\",b"));
  QCOMPARE(lines[2], QStringLiteral("1,nan,4"));
  QCOMPARE(lines[3].split(u',')[1].toDouble(), 1.0 / 3.0);
  QCOMPARE(halfwave::widgets::plot_csv("epoch", columns, 0.9, 1.1).count(u'\n'), 2);
}

QTEST_GUILESS_MAIN(PlotSeriesTest)
#include "plot_series_test.moc"
