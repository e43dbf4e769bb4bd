#include "widgets/compare_view.h"

#include "core/precision/policy.h"
#include "support/sample_fields.h"
#include "support/window_support.h"
#include "widgets/compare_curves.h"
#include "widgets/compare_fields.h"
#include "widgets/compare_lines.h"
#include "widgets/compare_table.h"
#include "widgets/plot_legend.h"
#include "widgets/qcustomplot_header.h"
#include "widgets/theme.h"
#include "widgets/variant_form.h"

#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QFile>
#include <QMenu>
#include <QMimeData>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>

#include <cmath>
#include <limits>
#include <set>

using namespace halfwave;
using namespace halfwave::widgets;
using halfwave::test::darcy_like;
using halfwave::test::screenshot;
using halfwave::test::show_window;
using halfwave::test::wait_for;

namespace {

std::vector<CompareRun> three_runs() {
  std::vector<CompareRun> runs(3);
  const char* names[] = {"full", "mixed", "fp8"};
  for (std::size_t k = 0; k < runs.size(); ++k) {
    runs[k].name = QLatin1String(names[k]);
    runs[k].epochs = 10;
  }
  return runs;
}

/// A prediction that is wrong by `error` everywhere.
SnapshotEvent picture(std::int64_t step, float error, std::vector<int> shape = {32, 32}) {
  SnapshotEvent event = darcy_like(std::move(shape));
  event.step = step;
  event.test_set = "32";
  event.prediction = event.truth;
  for (float& value : event.prediction.values) value += error;
  return event;
}

StepEvent step(std::int64_t number, double loss, double seconds = 0.02) {
  StepEvent event;
  event.step = number;
  event.epoch = static_cast<int>(number / 8);
  event.step_in_epoch = static_cast<int>(number % 8);
  event.steps_per_epoch = 8;
  event.loss = loss;
  event.seconds = seconds;
  return event;
}

EpochEvent epoch(int number, double l2, double h1) {
  EpochEvent event;
  event.epoch = number;
  event.epochs = 10;
  event.train_loss = 2 * l2;
  event.metrics["32"] = {l2, h1};
  return event;
}

PolicyEvent policy(const char* preset) {
  PolicyEvent event;
  event.by_schedule = true;
  event.policy = make_policy(preset, 2);
  return event;
}

QString cell(const CompareView& view, int row, int column) {
  return view.table()->item(row, column)->text();
}

QToolButton* button(const QWidget& parent, const QString& text) {
  for (QToolButton* b : parent.findChildren<QToolButton*>())
    if (b->text() == text && b->isVisible()) return b;
  return nullptr;
}

}  // namespace

class CompareViewTest : public QObject {
  Q_OBJECT

  /// Two epochs of three runs, of which the last overflows in the second.
  static void train(CompareView& view) {
    view.begin(three_runs(), true, QStringLiteral("Pa"));
    const char* presets[] = {"full", "mixed", "fp8"};
    for (std::size_t k = 0; k < 3; ++k) {
      StateEvent running;
      running.state = RunState::running;
      view.add(k, running);
      view.add(k, policy(presets[k]), k > 0);
      const double factor = 1.0 + 0.1 * static_cast<double>(k);
      const int steps = k == 2 ? 11 : 16;
      for (int s = 0; s < steps; ++s)
        view.add(k, step(s, factor * std::exp(-0.15 * s) + 0.02, 0.02 * factor));
      view.add(k, epoch(0, 0.2 * factor, 0.3 * factor));
      if (k < 2) view.add(k, epoch(1, 0.1 * factor, 0.15 * factor));
      view.add(k, picture(8, 0.02F * static_cast<float>(k)));
      MemoryEvent memory;
      memory.report.peak_total = (200 - 60 * static_cast<int>(k)) * 1024 * 1024;
      view.add(k, memory);
      RangeEvent range;
      StageRange stage;
      stage.layer = 1;
      stage.stage = Stage::contraction;
      stage.format = k == 0 ? Format::fp32 : Format::fp16;
      stage.histogram.counted = 10;
      stage.histogram.bins[static_cast<std::size_t>(11 - RangeHistogram::lowest_exponent)] = 10;
      range.stages = {stage};
      view.add(k, range);
    }
    StateEvent failed;
    failed.state = RunState::failed;
    failed.message = "Infinity arose in block.0, contraction (fp16), forward, epoch 2, step 11.";
    view.add(2, failed);
    view.refresh();
  }

 private Q_SLOTS:
  void init() { apply_theme(*qApp, Theme::light); }

  void pictures_share_one_scale_and_one_camera() {
    CompareView view;
    QVERIFY(show_window(view, {1240, 620}));
    train(view);
    FieldView& fields = *view.fields()->view();
    if (!fields.available()) QSKIP(qPrintable(fields.unavailable_reason()));
    QCOMPARE(fields.tiles().size(), std::size_t(4));
    for (const FieldTile& tile : fields.tiles()) QCOMPARE(tile.range, fields.tiles().front().range);
    QCOMPARE(fields.tiles()[1].title, QString("full"));
    QVERIFY(fields.tiles()[1].caption.contains("L2 0.1"));
    QVERIFY(fields.tiles()[3].notice.contains("block.0"));
    // One bar, at the end.
    int bars = 0;
    for (const QWidget* child : fields.findChildren<QWidget*>())
      bars += child->isVisible() && child->inherits("halfwave::widgets::ColourBar");
    QCOMPARE(bars, 1);

    QTest::mouseClick(button(view, "Error"), Qt::LeftButton);
    QVERIFY(view.fields()->shows_errors());
    const auto& tiles = fields.tiles();
    QVERIFY(std::abs(tiles[3].range.high - 0.04) < 1e-6);
    QCOMPARE(tiles[1].range, tiles[3].range);
    QCOMPARE(tiles[1].range.low, -tiles[1].range.high);
    QVERIFY(!(tiles[0].range == tiles[1].range));
    QTest::mouseClick(button(view, "Prediction"), Qt::LeftButton);

    // The wheel over one picture zooms all; the values of all are read at the mouse.
    const QPoint at = fields.tile_rect(2).center();
    QVERIFY(fields.rect().contains(at));
    QWheelEvent wheel(at, fields.mapToGlobal(at), {}, {0, 120}, Qt::NoButton, Qt::NoModifier,
                      Qt::NoScrollPhase, false);
    QApplication::sendEvent(&fields, &wheel);
    QVERIFY(fields.zoom() > 1.0);
    QTest::mouseMove(&fields, at);
    QVERIFY(wait_for([&] { return view.fields()->read_out().contains("mixed"); }));
    QVERIFY(view.fields()->read_out().contains("truth"));
    for (std::size_t k = 0; k < 4; ++k)
      for (std::size_t other = 0; other < k; ++other)
        QVERIFY(!fields.tile_rect(k).intersects(fields.tile_rect(other)));
  }

  void pictures_wait_for_the_same_step() {
    CompareView view;
    view.begin(three_runs(), true, {});
    for (const std::size_t run : {0U, 1U, 2U}) view.add(run, picture(0, 0.0F));
    QCOMPARE(view.runs()[0].snapshot->step, 0);
    view.add(0, picture(5, 0.0F));
    view.add(1, picture(5, 0.0F));
    QCOMPARE(view.runs()[0].snapshot->step, 0);
    view.add(2, picture(4, 0.0F));
    view.add(2, picture(5, 0.0F));
    for (const CompareRun& run : view.runs()) QCOMPARE(run.snapshot->step, 5);
    // One that has ended is not waited for.
    StateEvent failed;
    failed.state = RunState::failed;
    view.add(2, failed);
    view.add(0, picture(9, 0.0F));
    view.add(1, picture(9, 0.0F));
    QCOMPARE(view.runs()[0].snapshot->step, 9);
    QCOMPARE(view.runs()[1].snapshot->step, 9);
    QCOMPARE(view.runs()[2].snapshot->step, 5);
    // One that has finished is a step ahead for a moment: its last picture waits for the others.
    view.begin(three_runs(), true, {});
    for (const std::size_t run : {0U, 1U, 2U}) view.add(run, picture(7, 0.0F));
    StateEvent finished;
    finished.state = RunState::finished;
    view.add(0, picture(8, 0.0F));
    view.add(0, finished);
    view.add(1, picture(8, 0.0F));
    for (const CompareRun& run : view.runs()) QCOMPARE(run.snapshot->step, 7);
    view.add(2, picture(8, 0.0F));
    for (const CompareRun& run : view.runs()) QCOMPARE(run.snapshot->step, 8);
    // Others that go on longer do not wait for it.
    view.add(1, picture(9, 0.0F));
    view.add(2, picture(9, 0.0F));
    QCOMPARE(view.runs()[0].snapshot->step, 8);
    QCOMPARE(view.runs()[2].snapshot->step, 9);
    // One after another: each shows its newest.
    view.begin(three_runs(), false, {});
    view.add(1, picture(3, 0.0F));
    QCOMPARE(view.runs()[1].snapshot->step, 3);
    QVERIFY(!view.runs()[0].snapshot);
  }

  void the_table_says_how_each_fares() {
    CompareView view;
    QVERIFY(show_window(view, {1240, 620}));
    train(view);
    QCOMPARE(view.table()->rowCount(), 3);
    QCOMPARE(cell(view, 0, 3), QString("0.1"));
    QCOMPARE(cell(view, 1, 3), QString("0.11 (+10 %)"));
    QCOMPARE(cell(view, 1, 4), QString("0.165 (+10 %)"));
    QCOMPARE(cell(view, 0, 2), QString("2 / 10"));
    QCOMPARE(cell(view, 0, 5), QString("20 ms"));
    QCOMPARE(cell(view, 1, 5), QString("22 ms emulated"));
    QCOMPARE(cell(view, 1, 6), QString("140 MiB"));
    // fp16's largest exponent is 15, the values' 11.
    QCOMPARE(cell(view, 1, 7), QString("4 bits, contraction (fp16)"));
    QCOMPARE(cell(view, 2, 1), QString("failed"));
    QVERIFY(cell(view, 2, 7).contains("Infinity arose"));
    // fp8 has one epoch only: it is compared with the first variant's first epoch, 0.2.
    QCOMPARE(cell(view, 2, 3), QString("0.24 (+20 %)"));

    view.table()->setFocus();
    QTest::keyClick(view.table(), Qt::Key_C, Qt::ControlModifier);
    const QString text = QApplication::clipboard()->text();
    QVERIFY(text.startsWith("| Variant | State |"));
    QVERIFY(text.contains("0.11 (+10 %)"));
    QCOMPARE(text.count('\n'), 5);
    view.table()->copy_csv();
    const QStringList lines = QApplication::clipboard()->text().split('\n');
    QCOMPARE(lines.size(), 5);
    QVERIFY(lines[2].startsWith("mixed,training,2,32,0.11,0.165,0.022,true,146800640,4,"));
    QVERIFY(lines[3].contains("\"Infinity arose in block.0, contraction"));
    QTest::mouseClick(view.findChild<QToolButton*>("copy_comparison"), Qt::LeftButton, {}, {10, 10});
    QVERIFY(QApplication::clipboard()->text().startsWith("| Variant"));
  }

  void curves_of_all_are_overlaid() {
    CompareView view;
    QVERIFY(show_window(view, {1240, 620}));
    train(view);
    CompareCurves& curves = *view.curves();
    QCOMPARE(curves.quantity(), CompareQuantity::loss);
    QCOMPARE(curves.point_count(0), std::size_t(16 + 2));
    QTest::mouseClick(button(curves, "H1"), Qt::LeftButton);
    QCOMPARE(curves.point_count(0), std::size_t(2));
    QCOMPARE(curves.point_count(2), std::size_t(1));
    // A legend entry hides its curve.
    QTest::mouseClick(curves.legend()->button("run1"), Qt::LeftButton);
    QVERIFY(!curves.legend()->is_on("run1"));
    // Told apart by colour and by dash.
    std::set<int> styles;
    std::set<QRgb> colours;
    for (std::size_t k = 0; k < 4; ++k) {
      styles.insert(static_cast<int>(compare_pen(k).style()));
      colours.insert(compare_pen(k).color().rgb());
    }
    QCOMPARE(styles.size(), std::size_t(4));
    QCOMPARE(colours.size(), std::size_t(4));
  }

  void a_click_on_a_curve_picks_its_run() {
    CompareView view;
    QVERIFY(show_window(view, {1240, 620}));
    train(view);
    view.refresh();
    CompareCurves& curves = *view.curves();
    curves.set_quantity(CompareQuantity::l2);
    QCustomPlot* plot = curves.plot();
    const auto line = [&](int run) { return plot->graph(3 * run + 1); };
    QTRY_COMPARE(line(1)->dataCount(), 2);
    QSignalSpy picked(&curves, &CompareCurves::run_picked);
    const auto middle = [&](int run) {
      const auto data = line(run)->data();
      const QPointF sum = line(run)->coordsToPixels(data->at(0)->key, data->at(0)->value) +
                          line(run)->coordsToPixels(data->at(1)->key, data->at(1)->value);
      return (sum / 2).toPoint();
    };
    for (const int run : {1, 0}) {
      QTest::mouseMove(plot, middle(run));
      QTRY_VERIFY(line(run)->pen().widthF() > line(1 - run)->pen().widthF());
      QTest::mouseClick(plot, Qt::LeftButton, {}, middle(run));
      QCOMPARE(picked.takeFirst().at(0).value<std::size_t>(), static_cast<std::size_t>(run));
      QCOMPARE(view.table()->currentRow(), run);
      QVERIFY(view.table()->item(run, 0)->isSelected());
    }
    screenshot(view, "compare_hovered");
    // Neither beside the curves nor at the end of a drag.
    QTest::mouseClick(plot, Qt::LeftButton, {}, plot->axisRect()->rect().topRight() + QPoint(-3, 3));
    const QPoint from = middle(1) + QPoint(0, 40);
    QTest::mousePress(plot, Qt::LeftButton, {}, from);
    QMouseEvent move(QEvent::MouseMove, middle(1), plot->mapToGlobal(middle(1)), Qt::NoButton, Qt::LeftButton,
                     {});
    QApplication::sendEvent(plot, &move);
    QTest::mouseRelease(plot, Qt::LeftButton, {}, from - QPoint(0, 40));
    QVERIFY(picked.isEmpty());
    QTest::mouseMove(plot, plot->axisRect()->rect().topRight() + QPoint(-3, 3));
    QTRY_COMPARE(line(0)->pen().widthF(), line(1)->pen().widthF());
  }

  void other_dimensions_and_bad_pictures_are_shown_or_left_out() {
    CompareView view;
    QVERIFY(show_window(view, {1000, 500}));
    const auto show = [&](const std::vector<int>& shape) {
      view.begin(three_runs(), true, {});
      for (const std::size_t run : {0U, 1U, 2U})
        view.add(run, picture(1, 0.001F * static_cast<float>(run), shape));
      view.refresh();
    };
    show({8, 16, 16});
    QCOMPARE(view.fields()->view()->tiles().size(), std::size_t(4));
    show({64});
    QVERIFY(view.fields()->lines()->isVisible());
    QCOMPARE(view.fields()->lines()->line_count(), std::size_t(3));
    screenshot(view, "compare_line");
    QTest::mouseClick(button(view, "Error"), Qt::LeftButton);
    QCOMPARE(view.fields()->lines()->line_count(), std::size_t(3));
    QTest::mouseClick(button(view, "Prediction"), Qt::LeftButton);
    view.begin(three_runs(), false, {});
    SnapshotEvent odd = picture(1, 0.0F);
    odd.prediction.values.assign(odd.prediction.values.size(), std::numeric_limits<float>::quiet_NaN());
    view.add(0, odd);
    odd.prediction = {{3, 3}, {1.0F}};
    view.add(1, odd);
    view.refresh();
    QTest::mouseClick(button(view, "Error"), Qt::LeftButton);
    QCOMPARE(view.fields()->view()->tiles().size(), std::size_t(4));
    QVERIFY(view.fields()->view()->tiles()[2].caption.contains("waits"));
    view.begin({}, false, {});
    QCOMPARE(view.table()->rowCount(), 0);
  }

  void variants_are_chosen() {
    CompareView view;
    VariantForm& form = *view.form();
    form.set_templates({"formats"});
    form.set_experiment("mixed, edited", "darcy-quick, 20 epochs");
    QVERIFY(show_window(view, {990, 340}));
    QVERIFY(view.shows_form());
    QCOMPARE(form.choices().size(), std::size_t(3));
    QCOMPARE(form.choices()[2].name, QString("mixed"));
    auto* fourth = form.findChild<QCheckBox*>("variant_3");
    fourth->setFocus();
    QTest::keyClick(fourth, Qt::Key_Space);
    QCOMPARE(form.choices().size(), std::size_t(4));
    auto* engine = form.findChild<QComboBox*>("variant_engine_3");
    engine->setFocus();
    QTest::keyClick(engine, Qt::Key_Down);
    auto* stabilizer = form.findChild<QComboBox*>("variant_stabilizer_3");
    stabilizer->setFocus();
    QTest::keyClicks(stabilizer, "hard");
    QCOMPARE(form.choices()[3].name, QString("bf16, fft, hard-clip"));
    QVERIFY(form.in_turn());
    QTest::mouseClick(form.findChild<QWidget*>("compare_one_by_one"), Qt::LeftButton, {}, {8, 8});
    QVERIFY(!form.in_turn());
    form.choose_file(0, "/somewhere/mine.json");
    QCOMPARE(form.choices()[0].kind, VariantChoice::Kind::file);
    QCOMPARE(form.choices()[0].name, QString("mine"));
    screenshot(view, "compare_form");

    QSignalSpy chosen(&form, &VariantForm::template_chosen);
    auto* source = form.findChild<QComboBox*>("compare_template");
    source->setFocus();
    QTest::keyClick(source, Qt::Key_Down);
    QCOMPARE(chosen.count(), 1);
    std::vector<std::pair<QString, QStringList>> listed;
    for (int k = 0; k < 6; ++k)
      listed.emplace_back(QString("v%1").arg(k), QStringList{"precision.policy=full"});
    form.show_template(listed);
    QCOMPARE(form.chosen_of_template(), (std::vector<std::size_t>{0, 1, 2, 3}));
    QTest::mouseClick(form.findChild<QCheckBox*>("template_variant_1"), Qt::LeftButton, {}, {8, 8});
    QCOMPARE(form.chosen_of_template(), (std::vector<std::size_t>{0, 2, 3}));
    QSignalSpy started(&form, &VariantForm::start_requested);
    QTest::mouseClick(form.findChild<QPushButton*>("start_comparison"), Qt::LeftButton);
    QCOMPARE(started.count(), 1);
  }

  void looks() {
    for (const Theme theme : {Theme::light, Theme::dark}) {
      apply_theme(*qApp, theme);
      for (const QSize size : {QSize(990, 360), QSize(1260, 680)}) {
        CompareView view;
        QVERIFY(show_window(view, size));
        train(view);
        QTest::qWait(400);
        screenshot(view, QStringLiteral("compare_%1_%2").arg(size.height()).arg(theme_name(theme)));
        QVERIFY(view.fields()->view()->height() >= 100);
        QVERIFY(view.table()->isVisible() && view.curves()->isVisible());
      }
    }
  }
};

QTEST_MAIN(CompareViewTest)
#include "compare_view_test.moc"
