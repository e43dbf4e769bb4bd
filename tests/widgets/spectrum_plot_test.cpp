#include "widgets/spectrum_plot.h"

#include "support/window_support.h"
#include "widgets/plot_legend.h"
#include "widgets/qcustomplot_header.h"
#include "widgets/theme.h"

#include <QApplication>
#include <QTest>
#include <QToolButton>

#include <cmath>

using namespace halfwave;
using namespace halfwave::widgets;

namespace {

/// A field with power k^-4 and a prediction that loses what lies above wavenumber 8.
SpectrumEvent spectrum() {
  SpectrumEvent e;
  for (int k = 0; k <= 45; ++k) {
    e.wavenumber.push_back(k);
    const double truth = k == 0 ? 0.3 : 0.02 * std::pow(k, -4.0);
    e.truth.push_back(truth);
    e.prediction.push_back(k <= 8 ? truth * (1 - 0.02 * k) : truth * std::exp(-(k - 8) / 9.0));
  }
  return e;
}

void show(QWidget& widget, QSize size) {
  widget.resize(size);
  widget.show();
  QVERIFY(QTest::qWaitForWindowExposed(&widget));
  QTest::qWait(150);
}

}  // namespace

class SpectrumPlotTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() { apply_theme(*qApp, Theme::light); }
  void both_axes_are_logarithmic_and_labelled();
  void the_mean_is_left_out();
  void the_end_of_the_modes_is_marked();
  void cursor_reads_both();
  void values_that_are_zero_leave_gaps();
  void odd_events_do_no_harm();
  void looks();
};

void SpectrumPlotTest::both_axes_are_logarithmic_and_labelled() {
  SpectrumPlot plot;
  plot.set_spectrum(spectrum());
  show(plot, {480, 300});
  QCOMPARE(plot.plot()->xAxis->scaleType(), QCPAxis::stLogarithmic);
  QCOMPARE(plot.plot()->yAxis->scaleType(), QCPAxis::stLogarithmic);
  QCOMPARE(plot.plot()->xAxis->label(), QStringLiteral("wavenumber (cycles per domain)"));
  plot.set_unit(QStringLiteral("m/s"));
  QCOMPARE(plot.plot()->yAxis->label(), QStringLiteral("power ((m/s)²)"));
}

void SpectrumPlotTest::the_mean_is_left_out() {
  SpectrumPlot plot;
  plot.set_spectrum(spectrum());
  show(plot, {480, 300});
  QCOMPARE(plot.plot()->graph(0)->dataCount(), 45);
  QCOMPARE(plot.plot()->graph(0)->dataMainKey(0), 1.0);
  QCOMPARE(plot.plot()->xAxis->range(), QCPRange(1, 45));
  QVERIFY(plot.plot()->yAxis->range().upper > 0.02 && plot.plot()->yAxis->range().upper < 0.3);
}

void SpectrumPlotTest::the_end_of_the_modes_is_marked() {
  SpectrumPlot plot;
  plot.set_spectrum(spectrum());
  const int before = plot.plot()->itemCount();
  plot.set_modes(16);
  show(plot, {480, 300});
  QCOMPARE(plot.plot()->itemCount(), before + 2);
  auto* text = qobject_cast<QCPItemText*>(plot.plot()->item(before + 1));
  QVERIFY(text && text->text().endsWith(QStringLiteral("8")));
  QVERIFY(text->visible());
  QCOMPARE(text->position->key(), 8.0);
  plot.set_modes(0);
  QCOMPARE(plot.plot()->itemCount(), before);
}

void SpectrumPlotTest::cursor_reads_both() {
  SpectrumPlot plot;
  plot.set_spectrum(spectrum());
  show(plot, {480, 300});
  const QPoint at(static_cast<int>(plot.plot()->xAxis->coordToPixel(4)),
                  plot.plot()->axisRect()->center().y());
  QTest::mouseMove(plot.plot(), at);
  QTRY_COMPARE(plot.readout().size(), 3);
  QCOMPARE(plot.readout()[2].name, QStringLiteral("prediction / truth"));
  QCOMPARE(plot.readout()[2].value, QStringLiteral("0.92"));
  QTest::mouseClick(plot.legend()->button(QStringLiteral("truth")), Qt::LeftButton);
  QTest::qWait(150);
  QVERIFY(!plot.plot()->graph(0)->visible());
}

void SpectrumPlotTest::values_that_are_zero_leave_gaps() {
  auto e = spectrum();
  e.prediction.assign(e.prediction.size(), 0.0);
  e.truth[5] = 0.0;
  SpectrumPlot plot;
  plot.set_spectrum(e);
  show(plot, {480, 300});
  QVERIFY(std::isnan(plot.plot()->graph(0)->dataMainValue(4)));
  QVERIFY(plot.plot()->yAxis->range().lower > 0);
}

void SpectrumPlotTest::odd_events_do_no_harm() {
  SpectrumPlot plot;
  show(plot, {480, 300});
  plot.set_spectrum({});
  QTest::qWait(100);
  SpectrumEvent only_mean;
  only_mean.wavenumber = {0};
  only_mean.truth = {1};
  only_mean.prediction = {1};
  plot.set_spectrum(only_mean);
  QTest::qWait(100);
  QTest::mouseMove(plot.plot(), plot.plot()->axisRect()->center());
  QVERIFY(plot.readout().isEmpty());
  plot.set_spectrum(spectrum());
  plot.clear();
  QTest::qWait(100);
  QVERIFY(plot.plot()->yAxis->range().lower > 0);
}

void SpectrumPlotTest::looks() {
  for (const Theme theme : {Theme::light, Theme::dark}) {
    apply_theme(*qApp, theme);
    SpectrumPlot plot;
    plot.set_spectrum(spectrum());
    plot.set_modes(16);
    show(plot, {440, 300});
    test::screenshot(plot, QStringLiteral("spectrum-") + theme_name(theme));
  }
}

QTEST_MAIN(SpectrumPlotTest)
#include "spectrum_plot_test.moc"
