#include "widgets/schedule_bar.h"

#include "support/window_support.h"
#include "widgets/curve_plot.h"
#include "widgets/memory_plot.h"
#include "widgets/plot_legend.h"
#include "widgets/qcustomplot_header.h"
#include "widgets/theme.h"

#include <QApplication>
#include <QHelpEvent>
#include <QLabel>
#include <QTest>
#include <QToolTip>
#include <QWheelEvent>

#include <cmath>

using namespace halfwave;
using namespace halfwave::widgets;

namespace {

constexpr int epochs = 20;

struct Shown {
  CurvePlot plot;
  ScheduleBar& bar = *plot.schedule_bar();

  explicit Shown(const std::vector<SchedulePhase>& phases = paper_schedule()) {
    plot.resize(520, 320);
    bar.set_schedule(phases, {1.0, "mixed", {}}, epochs);
    plot.show();
    if (!QTest::qWaitForWindowExposed(&plot)) qWarning("the plot is not shown");
    settle();
  }
  static void settle() { QTest::qWait(150); }

  void train(int until) {
    for (int epoch = 0; epoch < until; ++epoch) {
      for (int step = 0; step < 8; ++step)
        plot.add_step(
            {epoch * 8 + step, epoch, step, 8, 0.5 / (1 + epoch + step / 8.0), 1e-3, 1, false, 0.1});
      EpochEvent event;
      event.epoch = epoch;
      event.train_loss = 0.5 / (1 + epoch);
      event.metrics["64"] = {0.4 / (1 + epoch), 0.6 / (1 + epoch)};
      plot.add_epoch(event);
    }
    settle();
  }
  double axis_x(double epoch) const {
    return plot.plot()->mapTo(&plot, QPoint()).x() + plot.plot()->xAxis->coordToPixel(epoch);
  }
};

}  // namespace

class ScheduleBarTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() { apply_theme(*qApp, Theme::light); }

  void is_there_only_when_there_is_something_to_show() {
    Shown s(std::vector<SchedulePhase>{});
    QVERIFY(!s.bar.isVisible());
    s.bar.add_edit(2.5, QStringLiteral("3 cells"), QStringLiteral("all three"));
    QVERIFY(s.bar.isVisible());
    s.plot.clear();
    QVERIFY(!s.bar.isVisible());
    s.bar.set_schedule(paper_schedule(), {}, epochs);
    QVERIFY(s.bar.isVisible());
    QVERIFY(s.bar.height() <= 40);
  }

  void is_aligned_with_the_epochs_and_follows_them() {
    Shown s;
    s.train(6);
    const auto aligned = [&] {
      for (const double epoch : {0.0, 5.0, 7.3, 15.0, 20.0})
        if (std::abs(s.bar.x_of(epoch) - s.axis_x(epoch)) > 1.0) return false;
      return true;
    };
    QVERIFY(aligned());
    // All of the schedule is in view, though only a part is done.
    QVERIFY(s.plot.plot()->xAxis->range().upper >= epochs);
    const QPointF middle(s.plot.plot()->rect().center());
    QWheelEvent wheel(middle, s.plot.plot()->mapToGlobal(middle), {}, {0, 360}, Qt::NoButton, {},
                      Qt::NoScrollPhase, false);
    const double before = s.bar.x_of(20) - s.bar.x_of(0);
    QApplication::sendEvent(s.plot.plot(), &wheel);
    Shown::settle();
    QVERIFY(s.bar.x_of(20) - s.bar.x_of(0) > 1.3 * before);
    QVERIFY(aligned());
    s.plot.plot()->setFocus();
    QTest::keyClick(s.plot.plot(), Qt::Key_Right);
    Shown::settle();
    QVERIFY(aligned());
    s.plot.resize(700, 300);
    Shown::settle();
    QVERIFY(aligned());
  }

  void says_what_each_phase_is() {
    Shown s;
    const QString first = s.bar.tip_at(s.bar.x_of(2));
    QVERIFY2(first.contains(QStringLiteral("mixed, epochs 1–5")) && first.contains(QStringLiteral("25 %")),
             qPrintable(first));
    const QString second = s.bar.tip_at(s.bar.x_of(10));
    QVERIFY2(second.contains(QStringLiteral("amp, edited")) &&
                 second.contains(QStringLiteral("forward transform = fp32")),
             qPrintable(second));
    s.bar.add_edit(10.5, QStringLiteral("block.2 contraction → fp16"),
                   QStringLiteral("block.2 contraction: fp32 → fp16"));
    const QString edit = s.bar.tip_at(s.bar.x_of(10.5));
    QVERIFY2(edit.contains(QStringLiteral("fp32 → fp16")) && edit.contains(QStringLiteral("epoch 11")),
             qPrintable(edit));
    const QPoint at(static_cast<int>(s.bar.x_of(17)), s.bar.height() / 2);
    QHelpEvent help(QEvent::ToolTip, at, s.bar.mapToGlobal(at));
    QApplication::sendEvent(&s.bar, &help);
    QTRY_VERIFY(QToolTip::text().contains(QStringLiteral("full")));
    QToolTip::hideText();
  }

  void the_part_that_is_done_is_stronger() {
    Shown s;
    s.train(10);
    const QImage image = s.bar.grab().toImage();
    const auto saturation = [&](double epoch) {
      // Beside the middle, where the name is written.
      return image
          .pixelColor(static_cast<int>(s.bar.x_of(epoch) * image.devicePixelRatio()), image.height() - 7)
          .saturation();
    };
    QVERIFY(saturation(0.6) > saturation(19.4) + 20);
  }

  void marks_say_in_full_what_changed_on_both_plots() {
    Shown s;
    s.train(6);
    const QString brief = QStringLiteral("3 cells");
    const QString full = QStringLiteral("step 25, by hand:\nblock.0 contraction: fp32 → fp16");
    s.plot.add_mark(3.125, brief, full);
    s.plot.add_mark(3.125, brief, full);
    Shown::settle();
    int lines = 0;
    for (int i = 0; i < s.plot.plot()->itemCount(); ++i)
      if (auto* text = qobject_cast<QCPItemText*>(s.plot.plot()->item(i))) lines += text->text() == brief;
    QCOMPARE(lines, 1);
    const QPoint at(static_cast<int>(s.plot.plot()->xAxis->coordToPixel(3.125)), 60);
    QTest::mouseMove(s.plot.plot(), at);
    QTRY_VERIFY(!s.plot.readout().isEmpty());
    QCOMPARE(s.plot.readout().back().name, full);

    MemoryPlot memory;
    memory.resize(420, 280);
    memory.show();
    QVERIFY(QTest::qWaitForWindowExposed(&memory));
    for (int step = 0; step < 40; ++step) {
      MemoryEvent event;
      event.step = step;
      event.report.live.fill(1 << 22);
      event.report.peak_total = 1 << 24;
      memory.add(event);
    }
    memory.add_mark(24, brief, full);
    Shown::settle();
    QTest::mouseMove(memory.plot(), QPoint(static_cast<int>(memory.plot()->xAxis->coordToPixel(24)), 80));
    QTRY_VERIFY(!memory.readout().isEmpty());
    QCOMPARE(memory.readout().back().name, full);
    memory.clear();
    for (int i = 0; i < memory.plot()->itemCount(); ++i)
      QVERIFY(!qobject_cast<QCPItemText*>(memory.plot()->item(i)));
  }

  void looks() {
    for (const Theme theme : {Theme::light, Theme::dark}) {
      apply_theme(*qApp, theme);
      Shown s;
      s.plot.resize(360, 300);
      s.train(9);
      s.plot.add_mark(2.4, QStringLiteral("block.2 contraction → fp16"));
      s.bar.add_edit(2.4, QStringLiteral("block.2 contraction → fp16"), {});
      s.plot.add_mark(7.1, QStringLiteral("3 cells"));
      s.bar.add_edit(7.1, QStringLiteral("3 cells"), {});
      s.plot.add_mark(5, QStringLiteral("custom (schedule)"));
      Shown::settle();
      test::screenshot(s.plot, QStringLiteral("schedule-bar-") + theme_name(theme));
    }
  }
};

QTEST_MAIN(ScheduleBarTest)
#include "schedule_bar_test.moc"
