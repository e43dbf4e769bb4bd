#include "lab_fixture.h"
#include "widgets/precision_model.h"
#include "widgets/precision_table.h"
#include "widgets/range_detail.h"
#include "widgets/range_overview.h"
#include "widgets/range_plot.h"

#include <QDockWidget>
#include <QTableView>

using namespace halfwave;
using namespace halfwave::test;

class RangeTest : public QObject {
  Q_OBJECT

 private:
  static QList<Experiment> experiments() {
    Experiment good = Lab::small_experiment(4);
    good.name = "good";
    good.op.layers = 4;
    good.precision.policy = "mixed";
    good.precision.range_every = 2;
    Experiment bad = good;
    bad.name = "bad";
    bad.op.engine = "fft";
    bad.precision.policy = "naive";
    // Darcy's coefficient is 3 or 12: 256 values of 12 000 sum up to far more than 65504.
    bad.dataset.input_scale = 1000;
    bad.dataset.input_normalizer = "none";
    return {good, bad};
  }
  static bool seen(const QWidget* widget) { return widget && !widget->visibleRegion().isEmpty(); }

 private Q_SLOTS:
  void an_overflow_brings_its_picture_to_the_front_data() {
    QTest::addColumn<bool>("dark");
    QTest::newRow("light") << false;
    QTest::newRow("dark") << true;
  }
  void an_overflow_brings_its_picture_to_the_front() {
    QFETCH(bool, dark);
    Lab lab;
    widgets::apply_theme(*qApp, dark ? widgets::Theme::dark : widgets::Theme::light);
    const QString end = dark ? "-dark" : "-light";
    auto* dock = lab.find<QDockWidget>("range");
    auto* plot = lab.window->findChild<widgets::RangePlot*>();
    QVERIFY(dock && plot && !seen(dock));

    lab.open(experiments()[0]);
    lab.press("run_button");
    QVERIFY(lab.wait_for_state(RunState::finished));
    QVERIFY(!seen(dock));
    dock->raise();
    QTRY_VERIFY(seen(dock));
    QTRY_VERIFY(plot->overview()->rows().size() >= 4 * 4 + 2);
    QVERIFY(!plot->fault());
    screenshot(*lab.window, "lab-range" + end);
    lab.find<QDockWidget>("curves")->raise();
    QTRY_VERIFY(!seen(dock));

    lab.open(experiments()[1]);
    lab.press("run_button");
    QVERIFY(lab.wait_for_state(RunState::failed));
    QTRY_VERIFY(seen(dock));
    const widgets::RangeKey where{1, Stage::forward_transform, false};
    QVERIFY(plot->fault() && *plot->fault() == where);
    QCOMPARE(*plot->selected(), where);
    QTest::keyClick(plot->overview(), Qt::Key_Return);
    QVERIFY(plot->detail_shown() && plot->detail()->row()->histogram.infinite > 0);
    screenshot(*lab.window, "lab-overflow-detail" + end);
    QTest::keyClick(plot->detail(), Qt::Key_Escape);
    QVERIFY(!plot->detail_shown());
    // The picture stays, and the table frames the same stage.
    int framed = 0;
    const auto* cells = lab.window->findChild<widgets::PrecisionTable*>()->findChild<QTableView*>()->model();
    for (int row = 0; row < cells->rowCount(); ++row)
      for (int column = 0; column < cells->columnCount(); ++column)
        framed += cells->index(row, column).data(widgets::PolicyModel::fault_role).toBool();
    QCOMPARE(framed, 1);
    const QString said = lab.message();
    QVERIFY2(said.contains("block.0 forward_transform (fp16)") && said.contains("the dft engine"),
             qPrintable(said));
    screenshot(*lab.window, "lab-overflow" + end);

    // The run shows the same when it is opened again.
    const QString folder = lab.window->runs().run_folder();
    lab.open(experiments()[0]);
    lab.press("run_button");
    QVERIFY(lab.wait_for_state(RunState::finished));
    QTRY_VERIFY(!plot->fault());
    lab.window->open(folder);
    QTRY_VERIFY_WITH_TIMEOUT(plot->fault() && *plot->fault() == where, patience_ms);
    QVERIFY(wait_for([&] { return lab.window->runs().data_ready(); }, patience_ms));
  }
};

HALFWAVE_LAB_TEST_MAIN(RangeTest)
#include "range_test.moc"
