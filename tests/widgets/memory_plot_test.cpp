#include "widgets/memory_plot.h"

#include "support/window_support.h"
#include "widgets/plot_legend.h"
#include "widgets/qcustomplot_header.h"
#include "widgets/theme.h"

#include <QApplication>
#include <QTest>
#include <QToolButton>

#include <algorithm>
#include <cmath>

using namespace halfwave;
using namespace halfwave::widgets;

namespace {

constexpr std::int64_t mib = 1024 * 1024;

MemoryEvent memory(std::int64_t step, std::array<std::int64_t, 5> parts, std::int64_t peak) {
  MemoryEvent e;
  e.step = step;
  for (std::size_t i = 0; i < parts.size(); ++i)
    e.report.live[static_cast<std::size_t>(counted_categories[i])] = parts[i] * mib;
  e.report.live[static_cast<std::size_t>(MemoryCategory::other)] = 999 * mib;
  e.report.peak_total = peak * mib;
  return e;
}

void show(QWidget& widget, QSize size) {
  widget.resize(size);
  widget.show();
  QVERIFY(QTest::qWaitForWindowExposed(&widget));
  QTest::qWait(150);
}

double top_at(MemoryPlot& plot, int graph, int point) {
  return plot.plot()->graph(graph)->dataMainValue(point);
}

}  // namespace

class MemoryPlotTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() { apply_theme(*qApp, Theme::light); }
  void areas_are_stacked_in_mib();
  void hidden_uses_leave_the_stack();
  void cursor_reads_every_use();
  void one_event_is_seen();
  void long_runs_keep_their_peaks();
  void looks();
};

void MemoryPlotTest::areas_are_stacked_in_mib() {
  MemoryPlot plot;
  plot.add(memory(0, {10, 20, 30, 40, 50}, 160));
  plot.add(memory(5, {1, 2, 3, 4, 5}, 170));
  show(plot, {480, 300});
  QCOMPARE(plot.plot()->yAxis->label(), QStringLiteral("memory (MiB)"));
  QCOMPARE(plot.plot()->xAxis->label(), QStringLiteral("step"));
  const std::array<double, 5> tops = {10, 30, 60, 100, 150};
  for (int i = 0; i < 5; ++i) QCOMPARE(top_at(plot, 1 + i, 0), tops[static_cast<std::size_t>(i)]);
  QCOMPARE(top_at(plot, 5, 1), 15.0);
  QCOMPARE(top_at(plot, 6, 0), 160.0);
  QVERIFY(plot.plot()->yAxis->range().upper > 170);
  QCOMPARE(plot.plot()->yAxis->range().lower, 0.0);
}

void MemoryPlotTest::hidden_uses_leave_the_stack() {
  MemoryPlot plot;
  plot.add(memory(0, {10, 20, 30, 40, 50}, 160));
  show(plot, {480, 300});
  QTest::mouseClick(plot.legend()->button(QStringLiteral("part0")), Qt::LeftButton);
  QTest::qWait(150);
  QVERIFY(!plot.plot()->graph(1)->visible());
  QCOMPARE(top_at(plot, 2, 0), 20.0);
  QCOMPARE(top_at(plot, 5, 0), 140.0);
  QTest::mouseClick(plot.legend()->button(QStringLiteral("peak")), Qt::LeftButton);
  QTest::qWait(150);
  QVERIFY(!plot.plot()->graph(6)->visible());
  QVERIFY(plot.plot()->yAxis->range().upper < 160);
}

void MemoryPlotTest::cursor_reads_every_use() {
  MemoryPlot plot;
  plot.add(memory(0, {10, 20, 30, 40, 50}, 160));
  plot.add(memory(5, {1, 2, 3, 4, 5}, 170));
  show(plot, {480, 300});
  QTest::mouseMove(plot.plot(), QPoint(static_cast<int>(plot.plot()->xAxis->coordToPixel(0.2)),
                                       plot.plot()->axisRect()->center().y()));
  QTRY_COMPARE(plot.readout().size(), 7);
  QCOMPARE(plot.readout()[0].name, QStringLiteral("scratch"));
  QCOMPARE(plot.readout()[0].value, QStringLiteral("50 MiB"));
  QCOMPARE(plot.readout()[5].value, QStringLiteral("150 MiB"));
  QCOMPARE(plot.readout()[6].value, QStringLiteral("160 MiB"));
}

void MemoryPlotTest::one_event_is_seen() {
  MemoryPlot plot;
  plot.add(memory(7, {10, 20, 30, 40, 50}, 150));
  show(plot, {480, 300});
  QCOMPARE(plot.plot()->xAxis->range(), QCPRange(7, 8));
  QCOMPARE(plot.plot()->graph(1)->dataCount(), 2);
  plot.clear();
  QTest::qWait(150);
  QCOMPARE(plot.plot()->graph(1)->dataCount(), 0);
}

void MemoryPlotTest::long_runs_keep_their_peaks() {
  MemoryPlot plot;
  show(plot, {480, 300});
  for (int i = 0; i < 50000; ++i) plot.add(memory(i, {10, 10, 10, i == 31234 ? 500 : 10, 10}, 550));
  QTest::qWait(200);
  const auto* top = plot.plot()->graph(5);
  QVERIFY(top->dataCount() < 10000);
  double highest = 0;
  for (int i = 0; i < top->dataCount(); ++i) highest = std::max(highest, top->dataMainValue(i));
  QCOMPARE(highest, 540.0);
}

void MemoryPlotTest::looks() {
  for (const Theme theme : {Theme::light, Theme::dark}) {
    apply_theme(*qApp, theme);
    MemoryPlot plot;
    for (int i = 0; i < 60; ++i)
      plot.add(memory(4 * i, {9, i > 0 ? 9 : 0, i > 0 ? 18 : 0, i < 20 ? 40 + i % 3 : 76 + i % 3, 25 + i % 5},
                      i < 20 ? 112 : 145));
    show(plot, {440, 300});
    test::screenshot(plot, QStringLiteral("memory-") + theme_name(theme));
    QTest::mouseMove(plot.plot(),
                     plot.plot()->axisRect()->center() + QPoint(theme == Theme::dark ? 20 : 0, 0));
    QTest::qWait(100);
    test::screenshot(plot, QStringLiteral("memory-cursor-") + theme_name(theme));
  }
}

QTEST_MAIN(MemoryPlotTest)
#include "memory_plot_test.moc"
