#include "widgets/plot_ticker.h"

#include <QTest>

#include <cmath>
#include <limits>

using namespace halfwave::widgets;

class PlotTickerTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void numbers_read_well_data();
  void numbers_read_well();
  void log_axes_always_have_labels();
  void counts_have_no_fractions();
};

void PlotTickerTest::numbers_read_well_data() {
  QTest::addColumn<double>("value");
  QTest::addColumn<QString>("text");
  QTest::newRow("zero") << 0.0 << QStringLiteral("0");
  QTest::newRow("plain") << 0.05 << QStringLiteral("0.05");
  QTest::newRow("rounded") << 0.123456 << QStringLiteral("0.123");
  QTest::newRow("thousands") << 1200.0 << QStringLiteral("1200");
  QTest::newRow("negative") << -2.5 << QStringLiteral("−2.5");
  QTest::newRow("power") << 1e-7 << QStringLiteral("10⁻⁷");
  QTest::newRow("multiple") << 3e-7 << QStringLiteral("3·10⁻⁷");
  QTest::newRow("large") << 2.5e12 << QStringLiteral("2.5·10¹²");
  QTest::newRow("carries") << 9.9999e-8 << QStringLiteral("10⁻⁷");
  QTest::newRow("nan") << std::nan("") << QStringLiteral("NaN");
  QTest::newRow("infinite") << -std::numeric_limits<double>::infinity() << QStringLiteral("−∞");
}

void PlotTickerTest::numbers_read_well() {
  QFETCH(double, value);
  QTEST(plain_number(value), "text");
}

void PlotTickerTest::log_axes_always_have_labels() {
  LogTicker ticker;
  for (const double decades : {0.05, 0.3, 0.8, 1.2, 2.5, 5.0, 12.0, 30.0}) {
    const QCPRange range(0.013, 0.013 * std::pow(10.0, decades));
    QVector<double> ticks, sub_ticks;
    QVector<QString> labels;
    ticker.generate(range, QLocale::c(), u'g', 6, ticks, &sub_ticks, &labels);
    int inside = 0;
    for (const double tick : ticks) inside += range.contains(tick);
    QVERIFY2(inside >= 2 && inside <= 10,
             qPrintable(QStringLiteral("%1 decades: %2").arg(decades).arg(inside)));
    QCOMPARE(labels.size(), ticks.size());
  }
}

void PlotTickerTest::counts_have_no_fractions() {
  LinearTicker ticker(true, 1.0);
  for (const double high : {1.0, 2.0, 7.0, 12.0, 60.0, 1234.0}) {
    QVector<double> ticks, sub_ticks;
    QVector<QString> labels;
    ticker.generate(QCPRange(0, high), QLocale::c(), u'g', 6, ticks, &sub_ticks, &labels);
    QVERIFY(ticks.size() >= 2);
    for (const double tick : ticks) QCOMPARE(tick, std::round(tick));
  }
}

QTEST_GUILESS_MAIN(PlotTickerTest)
#include "plot_ticker_test.moc"
