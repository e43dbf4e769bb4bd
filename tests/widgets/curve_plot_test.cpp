#include "widgets/curve_plot.h"

#include "support/window_support.h"
#include "widgets/plot_legend.h"
#include "widgets/qcustomplot_header.h"
#include "widgets/theme.h"

#include <QAction>
#include <QApplication>
#include <QElapsedTimer>
#include <QFile>
#include <QImage>
#include <QLabel>
#include <QSettings>
#include <QSignalSpy>
#include <QSpinBox>
#include <QSvgRenderer>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>
#include <QWheelEvent>

#include <cmath>

using namespace halfwave;
using namespace halfwave::widgets;

namespace {

StepEvent step(int epoch, int in_epoch, int per_epoch, double loss) {
  StepEvent e;
  e.step = epoch * per_epoch + in_epoch;
  e.epoch = epoch;
  e.step_in_epoch = in_epoch;
  e.steps_per_epoch = per_epoch;
  e.loss = loss;
  return e;
}

EpochEvent epoch(int index, double loss, std::map<std::string, Metrics> metrics) {
  EpochEvent e;
  e.epoch = index;
  e.epochs = 20;
  e.train_loss = loss;
  e.metrics = std::move(metrics);
  return e;
}

/// A run of 12 epochs of 32 steps with two test sets and two policy changes.
void fill(CurvePlot& plot) {
  for (int i = 0; i < 12; ++i) {
    for (int k = 0; k < 32; ++k) {
      const double t = i + (k + 1) / 32.0;
      plot.add_step(step(i, k, 32, 0.08 + 0.8 * std::exp(-t / 1.7) * (1 + 0.25 * std::sin(17.3 * t))));
    }
    const double loss = 0.08 + 0.8 * std::exp(-(i + 1) / 1.7);
    plot.add_epoch(epoch(i, loss, {{"64", {loss * 0.7, loss * 1.1}}, {"128", {loss * 0.9, loss * 1.4}}}));
  }
  plot.add_mark(3, QStringLiteral("fp16 without tanh"));
  plot.add_mark(9, QStringLiteral("full"));
}

void show(QWidget& widget, QSize size) {
  widget.resize(size);
  widget.show();
  QVERIFY(QTest::qWaitForWindowExposed(&widget));
  QTest::qWait(150);
}

void wheel(QWidget* target, QPoint position, int delta, Qt::KeyboardModifiers modifiers = Qt::NoModifier) {
  QWheelEvent event(position, target->mapToGlobal(position), {}, {0, delta}, Qt::NoButton, modifiers,
                    Qt::NoScrollPhase, false);
  QApplication::sendEvent(target, &event);
}

}  // namespace

class CurvePlotTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() { apply_theme(*qApp, Theme::light); }
  void shows_all_curves_and_labels();
  void follows_until_a_person_zooms_and_again_after_reset();
  void drag_pans();
  void keyboard_zooms_and_resets();
  void cursor_reads_all_curves();
  void legend_hides_curves();
  void log_toggle();
  void marks_do_not_cover_each_other();
  void clear_forgets_everything();
  void long_runs_stay_fast();
  void a_turn_of_the_wheel_is_drawn_before_new_points();
  void curves_run_along_epochs_steps_or_time();
  void values_without_logarithm_leave_gaps();
  void a_mean_is_drawn_with_its_band_and_remembered();
  void files_are_whole_or_not_there();
  void looks();
};

void CurvePlotTest::shows_all_curves_and_labels() {
  CurvePlot plot;
  fill(plot);
  show(plot, {700, 360});
  QCOMPARE(plot.plot()->graphCount(), 6);
  QCOMPARE(plot.plot()->xAxis->label(), QStringLiteral("epoch"));
  QVERIFY(plot.plot()->yAxis->label().contains(QStringLiteral("relative error")));
  for (const char* key : {"step", "train", "L2:64", "H1:64", "L2:128", "H1:128"}) {
    auto* button = plot.legend()->button(QString::fromLatin1(key));
    QVERIFY2(button, key);
    QVERIFY(!button->accessibleName().isEmpty());
  }
  QCOMPARE(plot.plot()->xAxis->range().upper, 12.0);
  QVERIFY(plot.is_log());
}

void CurvePlotTest::follows_until_a_person_zooms_and_again_after_reset() {
  CurvePlot plot;
  fill(plot);
  show(plot, {700, 360});
  QVERIFY(plot.follows_data());
  const auto before = plot.plot()->xAxis->range();
  const auto y_before = plot.plot()->yAxis->range();
  wheel(plot.plot(), plot.plot()->axisRect()->center(), 240);
  QVERIFY(!plot.follows_data());
  QVERIFY(plot.plot()->xAxis->range().size() < before.size());
  QVERIFY(plot.plot()->yAxis->range().upper < y_before.upper);

  const auto zoomed = plot.plot()->xAxis->range();
  plot.add_epoch(epoch(12, 0.1, {}));
  QTest::qWait(150);
  QCOMPARE(plot.plot()->xAxis->range(), zoomed);

  QTest::mouseDClick(plot.plot(), Qt::LeftButton, {}, plot.plot()->axisRect()->center());
  QTest::qWait(150);
  QVERIFY(plot.follows_data());
  QCOMPARE(plot.plot()->xAxis->range().upper, 13.0);

  const auto y_now = plot.plot()->yAxis->range();
  wheel(plot.plot(), plot.plot()->axisRect()->center(), 120, Qt::ControlModifier);
  QCOMPARE(plot.plot()->yAxis->range(), y_now);
  QVERIFY(plot.plot()->xAxis->range().size() < 13.0);
}

void CurvePlotTest::drag_pans() {
  CurvePlot plot;
  fill(plot);
  show(plot, {700, 360});
  const auto before = plot.plot()->xAxis->range();
  const QPoint from = plot.plot()->axisRect()->center();
  QTest::mousePress(plot.plot(), Qt::LeftButton, {}, from);
  for (int i = 1; i <= 10; ++i) {
    const QPoint at = from + QPoint(10 * i, 0);
    QMouseEvent move(QEvent::MouseMove, at, plot.plot()->mapToGlobal(at), Qt::NoButton, Qt::LeftButton, {});
    QApplication::sendEvent(plot.plot(), &move);
  }
  QTest::mouseRelease(plot.plot(), Qt::LeftButton, {}, from + QPoint(100, 0));
  const double moved = before.size() * 100 / plot.plot()->axisRect()->width();
  QVERIFY(std::abs(plot.plot()->xAxis->range().lower - (before.lower - moved)) < 0.02 * before.size());
  QVERIFY(std::abs(plot.plot()->xAxis->range().size() - before.size()) < 1e-9);
  QVERIFY(!plot.follows_data());
}

void CurvePlotTest::keyboard_zooms_and_resets() {
  CurvePlot plot;
  fill(plot);
  show(plot, {700, 360});
  const auto before = plot.plot()->xAxis->range();
  QTest::keyClick(plot.plot(), Qt::Key_Plus);
  QVERIFY(plot.plot()->xAxis->range().size() < before.size());
  QTest::keyClick(plot.plot(), Qt::Key_Right);
  QVERIFY(plot.plot()->xAxis->range().center() > before.center());
  QTest::keyClick(plot.plot(), Qt::Key_Home);
  QTest::qWait(150);
  QCOMPARE(plot.plot()->xAxis->range(), before);
}

void CurvePlotTest::cursor_reads_all_curves() {
  CurvePlot plot;
  fill(plot);
  show(plot, {700, 360});
  auto* label = plot.findChild<QLabel*>(QStringLiteral("plot_readout"));
  QVERIFY(label && !label->isVisible());
  const QPoint at(static_cast<int>(plot.plot()->xAxis->coordToPixel(6.02)),
                  plot.plot()->axisRect()->center().y());
  QTest::mouseMove(plot.plot(), at);
  QTRY_COMPARE(plot.readout().size(), 6);
  QVERIFY(label->isVisible());
  QVERIFY(plot.plot()->rect().contains(label->geometry()));
  const double loss = 0.08 + 0.8 * std::exp(-6 / 1.7);
  QCOMPARE(plot.readout()[1].name, QStringLiteral("train, epoch"));
  QVERIFY(std::abs(plot.readout()[1].value.toDouble() - loss) < 1e-3 * loss);
  QVERIFY(label->text().contains(QStringLiteral("test H1 at 128")));
  const QPoint mark(static_cast<int>(plot.plot()->xAxis->coordToPixel(9)), at.y());
  QTest::mouseMove(plot.plot(), mark);
  QTRY_COMPARE(plot.readout().size(), 7);
  QCOMPARE(plot.readout().back().name, QStringLiteral("full"));
  QEvent leave(QEvent::Leave);
  QApplication::sendEvent(plot.plot(), &leave);
  QVERIFY(!label->isVisible());
  QVERIFY(plot.readout().isEmpty());
}

void CurvePlotTest::legend_hides_curves() {
  CurvePlot plot;
  fill(plot);
  show(plot, {700, 360});
  QTest::mouseClick(plot.legend()->button(QStringLiteral("step")), Qt::LeftButton);
  QTest::qWait(150);
  QVERIFY(!plot.plot()->graph(0)->visible());
  QVERIFY(plot.plot()->graph(1)->visible());
  QTest::mouseClick(plot.legend()->button(QStringLiteral("L2:64")), Qt::LeftButton, Qt::ShiftModifier);
  QTest::qWait(150);
  int visible = 0;
  for (int i = 0; i < plot.plot()->graphCount(); ++i) visible += plot.plot()->graph(i)->visible();
  QCOMPARE(visible, 1);
  QTest::keyClick(plot.legend()->button(QStringLiteral("train")), Qt::Key_Space);
  QVERIFY(plot.legend()->is_on(QStringLiteral("train")));
}

void CurvePlotTest::log_toggle() {
  CurvePlot plot;
  fill(plot);
  show(plot, {700, 360});
  QToolButton* log = nullptr;
  for (auto* button : plot.findChildren<QToolButton*>())
    if (button->text() == QStringLiteral("Log")) log = button;
  QVERIFY(log && log->isChecked());
  QSignalSpy changed(&plot, &CurvePlot::log_changed);
  QTest::mouseClick(log, Qt::LeftButton);
  QTest::qWait(150);
  QVERIFY(!plot.is_log());
  QCOMPARE(changed.size(), 1);
  QCOMPARE(plot.plot()->yAxis->scaleType(), QCPAxis::stLinear);
  QCOMPARE(plot.plot()->yAxis->range().lower, 0.0);
  plot.set_log(true);
  QVERIFY(log->isChecked());
  QCOMPARE(changed.size(), 2);
}

void CurvePlotTest::marks_do_not_cover_each_other() {
  CurvePlot plot;
  fill(plot);
  for (const double at : {3.1, 3.2, 3.3, 8.5, 11.8, 12.0})
    plot.add_mark(at, QStringLiteral("policy mixed from here"));
  show(plot, {640, 320});
  QTest::mouseClick(plot.legend()->button(QStringLiteral("H1:64")), Qt::LeftButton);
  QTest::qWait(150);
  QList<QRectF> texts;
  for (int i = 0; i < plot.plot()->itemCount(); ++i) {
    auto* text = qobject_cast<QCPItemText*>(plot.plot()->item(i));
    if (!text || !text->visible()) continue;
    const QRectF box(text->topLeft->pixelPosition(), text->bottomRight->pixelPosition());
    QVERIFY(plot.plot()
                ->axisRect()
                ->rect()
                .adjusted(-1, -1, 1, 1)
                .contains(box.toAlignedRect().adjusted(1, 1, -1, -1)));
    for (const auto& other : texts)
      QVERIFY(!box.adjusted(1, 1, -1, -1).intersects(other.adjusted(1, 1, -1, -1)));
    texts.append(box);
  }
  QVERIFY(texts.size() >= 5);
  test::screenshot(plot, QStringLiteral("curves-marks"));
}

void CurvePlotTest::clear_forgets_everything() {
  CurvePlot plot;
  fill(plot);
  show(plot, {700, 360});
  plot.clear();
  QTest::qWait(150);
  QCOMPARE(plot.plot()->graphCount(), 0);
  QVERIFY(!plot.legend()->button(QStringLiteral("train")));
  fill(plot);
  QCOMPARE(plot.plot()->graphCount(), 6);
}

void CurvePlotTest::long_runs_stay_fast() {
  CurvePlot plot;
  show(plot, {700, 360});
  int replots = 0;
  connect(plot.plot(), &QCustomPlot::afterReplot, &plot, [&] { ++replots; });
  QElapsedTimer clock;
  clock.start();
  int added = 0;
  while (added < 400000) {
    for (int i = 0; i < 20000; ++i, ++added)
      plot.add_step(step(added / 1000, added % 1000, 1000, 1.0 / (1 + added)));
    QCoreApplication::processEvents();
  }
  // 15 redraws a second are the promise; one more for the start and one for rounding.
  const auto allowed = clock.elapsed() * 15 / 1000 + 2;
  QVERIFY2(replots <= allowed,
           qPrintable(QStringLiteral("%1 replots, %2 allowed").arg(replots).arg(allowed)));
  QTest::qWait(200);
  QVERIFY(plot.plot()->graph(0)->dataCount() < 20000);
  qInfo("drawing a curve of %d points takes %.1f ms", added, plot.plot()->replotTime(true));
}

void CurvePlotTest::a_turn_of_the_wheel_is_drawn_before_new_points() {
  CurvePlot plot;
  for (int i = 0; i < 100000; ++i) plot.add_step(step(i / 1000, i % 1000, 1000, 1.0 / (1 + i)));
  plot.set_smoothing(50);
  show(plot, {700, 360});
  QSignalSpy drawn(plot.plot(), &QCustomPlot::afterReplot);
  QElapsedTimer clock;
  clock.start();
  const int notches = 40;
  for (int i = 0; i < notches; ++i) {
    plot.add_step(step(100, i, 1000, 1e-5));  // waits for its turn
    wheel(plot.plot(), plot.plot()->axisRect()->center(), i % 2 ? 120 : -120);
    QVERIFY(drawn.wait());
  }
  qInfo("a smoothed curve of 100000 points is drawn %.0f times a second while a wheel turns",
        1000.0 * notches / static_cast<double>(clock.elapsed()));
}

void CurvePlotTest::curves_run_along_epochs_steps_or_time() {
  QTemporaryDir folder;
  QSettings::setDefaultFormat(QSettings::IniFormat);
  QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, folder.path());
  QCoreApplication::setOrganizationName(QStringLiteral("Halfwave tests"));
  // Steps of half a second and two seconds of evaluation: an epoch of 4 steps takes 4 s.
  const auto add = [](CurvePlot& plot, int index) {
    for (int k = 0; k < 4; ++k) {
      StepEvent e = step(index, k, 4, 0.5 / (1 + index));
      e.seconds = 0.5;
      plot.add_step(e);
    }
    EpochEvent e = epoch(index, 0.4 / (1 + index), {});
    e.total_seconds = 4 * (index + 1);
    plot.add_epoch(e);
  };
  const auto xs = [](CurvePlot& plot, int graph) {
    QList<double> all;
    for (const auto& point : *plot.plot()->graph(graph)->data()) all << point.key;
    return all;
  };
  for (const bool second : {false, true}) {
    CurvePlot plot;
    plot.remember_as(QStringLiteral("axes"));
    for (int i = 0; i < 3; ++i) add(plot, i);
    plot.add_mark(1.5, QStringLiteral("edited"));
    show(plot, {700, 360});
    if (!second) {
      QCOMPARE(xs(plot, 1), QList<double>({1, 2, 3}));
      plot.findChild<QAction*>(QStringLiteral("x_axis_step"))->trigger();
      QTest::qWait(100);
      QCOMPARE(xs(plot, 1), QList<double>({4, 8, 12}));
      QCOMPARE(xs(plot, 0), QList<double>({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}));
      QCOMPARE(plot.plot()->xAxis->label(), QStringLiteral("step"));
      QCOMPARE(plot.plot()->xAxis->range().upper, 12.0);
      plot.findChild<QAction*>(QStringLiteral("x_axis_time"))->trigger();
      QTest::qWait(100);
    }
    QCOMPARE(plot.axis(), CurveAxis::time);  // kept for the second window
    QVERIFY(plot.plot()->xAxis->label().contains(QStringLiteral("(s)")));
    QCOMPARE(xs(plot, 1), QList<double>({4, 8, 12}));
    const QList<double> times = {0.5, 1, 1.5, 2, 4.5, 5, 5.5, 6, 8.5, 9, 9.5, 10};
    QCOMPARE(xs(plot, 0), times);
    // The mark lies after two steps of the second epoch; a read-out speaks of seconds.
    const QPoint at(static_cast<int>(std::lround(plot.plot()->xAxis->coordToPixel(5))), second ? 120 : 100);
    QTest::mouseMove(plot.plot(), at);
    QTRY_VERIFY(!plot.readout().isEmpty());
    QCOMPARE(plot.readout().back().name, QStringLiteral("edited"));
    auto* label = plot.findChild<QLabel*>(QStringLiteral("plot_readout"));
    QVERIFY2(label->text().contains(QStringLiteral(" s<")), qPrintable(label->text()));
    test::screenshot(plot, QStringLiteral("curves-time"));
    // A run that goes on from the end of the first epoch does the others again.
    add(plot, 1);
    QTest::qWait(150);
    QCOMPARE(xs(plot, 1), QList<double>({4, 8}));
    QCOMPARE(xs(plot, 0).size(), 8);
  }
}

void CurvePlotTest::values_without_logarithm_leave_gaps() {
  CurvePlot plot;
  plot.add_step(step(0, 0, 4, 0.5));
  plot.add_step(step(0, 1, 4, 0.0));
  plot.add_step(step(0, 2, 4, std::nan("")));
  plot.add_step(step(0, 3, 4, 0.25));
  show(plot, {400, 260});
  QVERIFY(plot.plot()->yAxis->range().lower > 0);
  QVERIFY(plot.plot()->yAxis->range().upper < 1);
  QVERIFY(std::isnan(plot.plot()->graph(0)->data()->at(1)->value));
  QVERIFY(std::isnan(plot.plot()->graph(0)->data()->at(2)->value));
}

void CurvePlotTest::a_mean_is_drawn_with_its_band_and_remembered() {
  QTemporaryDir folder;
  QSettings::setDefaultFormat(QSettings::IniFormat);
  QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, folder.path());
  QCoreApplication::setOrganizationName(QStringLiteral("Halfwave tests"));
  for (const bool second : {false, true}) {
    CurvePlot plot;
    plot.remember_as(QStringLiteral("curves"));
    fill(plot);
    show(plot, {700, 360});
    auto* points = plot.findChild<QSpinBox*>(QStringLiteral("plot_smoothing"));
    QVERIFY(points);
    if (!second) {
      QCOMPARE(plot.smoothing(), 1);
      QTest::keyClick(points, Qt::Key_A, Qt::ControlModifier);
      QTest::keyClicks(points, QStringLiteral("16"));
      QTest::keyClick(points, Qt::Key_Return);
      QTest::mouseClick(plot.legend()->button(QStringLiteral("H1:128")), Qt::LeftButton);
      QTest::qWait(150);
    }
    QCOMPARE(plot.smoothing(), 16);
    QVERIFY(!plot.legend()->is_on(QStringLiteral("H1:128")));
    // Behind a mean are the curve itself and both edges of the band; half an epoch is less than one point.
    const auto* behind = plot.plot()->layer(QStringLiteral("behind"));
    QCOMPARE(behind->children().size(), 3);
    test::screenshot(plot, QStringLiteral("curves-smooth"));
    plot.set_smoothing(64);
    QTest::qWait(150);
    QCOMPARE(behind->children().size(), 15);
    plot.set_smoothing(16);
    QTest::qWait(150);
    plot.clear();
    QCOMPARE(plot.plot()->graphCount(), 0);
  }
}

void CurvePlotTest::files_are_whole_or_not_there() {
  CurvePlot plot;
  fill(plot);
  show(plot, {700, 360});
  QTemporaryDir folder;
  const auto file = [&](const char* name) { return folder.filePath(QLatin1String(name)); };
  for (const char* name : {"plot.png", "plot.svg", "plot.csv"}) QCOMPARE(plot.save_to(file(name)), QString());
  QCOMPARE(QImage(file("plot.png")).size(), plot.picture_size() * 2);
  QVERIFY(QSvgRenderer(file("plot.svg")).isValid());
  QFile table(file("plot.csv"));
  QVERIFY(table.open(QIODevice::ReadOnly));
  // A heading and 12 epochs of 32 steps.
  QCOMPARE(table.readAll().count('\n'), 1 + 12 * 32);
  test::screenshot(plot, QStringLiteral("curves-before-saving"));
  if (!qEnvironmentVariable("HALFWAVE_SCREENSHOTS").isEmpty())
    plot.save_to(qEnvironmentVariable("HALFWAVE_SCREENSHOTS") + QStringLiteral("/saved.png"));

  wheel(plot.plot(), plot.plot()->axisRect()->center(), 600, Qt::ControlModifier);
  QTest::qWait(100);
  QVERIFY(plot.csv(true).count(u'\n') < 12 * 32);
  const QString problem = plot.save_to(file("no/such/folder/plot.png"));
  QVERIFY2(problem.contains(QStringLiteral("plot.png")), qPrintable(problem));
  QVERIFY(!plot.save_to(QStringLiteral("/dev/null/plot.csv")).isEmpty());
}

void CurvePlotTest::looks() {
  for (const Theme theme : {Theme::light, Theme::dark}) {
    apply_theme(*qApp, theme);
    CurvePlot plot;
    show(plot, {640, 320});
    test::screenshot(plot, QStringLiteral("curves-empty-") + theme_name(theme));
    fill(plot);
    QTest::qWait(200);
    const QRect area = plot.plot()->axisRect()->rect();
    QTest::mouseMove(plot.plot(), {area.left() + area.width() / 2, area.top() + area.height() / 3});
    QTest::qWait(100);
    test::screenshot(plot, QStringLiteral("curves-") + theme_name(theme));
    plot.set_log(false);
    plot.resize(340, 240);
    QTest::qWait(200);
    test::screenshot(plot, QStringLiteral("curves-small-") + theme_name(theme));
  }
}

QTEST_MAIN(CurvePlotTest)
#include "curve_plot_test.moc"
