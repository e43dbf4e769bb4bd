#include "app/lab/run_fields.h"
#include "core/error.h"
#include "lab_fixture.h"
#include "widgets/curve_plot.h"
#include "widgets/field_panel.h"
#include "widgets/memory_plot.h"
#include "widgets/qcustomplot_header.h"

#include <QDockWidget>
#include <QFile>

using namespace halfwave;
using namespace halfwave::test;

/// A recorded run is shown again.
class RunFolderTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void opens_what_it_has_recorded() {
    Lab lab;
    lab.open(Lab::small_experiment(3));
    lab.press("run_button");
    QVERIFY(lab.wait_for_state(RunState::finished));
    const QString folder = lab.window->runs().run_folder();
    QVERIFY(folder.startsWith(lab::runs_root()));

    const auto fields = lab::read_run_fields(folder.toStdString());
    QVERIFY(fields.has_value());
    QCOMPARE(fields->truth.shape, std::vector<int>({16, 16}));
    QCOMPARE(fields->prediction.values.size(), std::size_t(256));

    lab.open(Lab::small_experiment(9));
    lab.window->open(folder);
    QVERIFY(
        wait_for([&lab] { return lab.window->document().experiment().training.epochs == 3; }, patience_ms));
    QVERIFY(wait_for([&lab] { return lab.window->runs().data_ready(); }, patience_ms));
    QVERIFY(lab.window->findChild<widgets::FieldPanel*>()->has_snapshot());
    QCOMPARE(lab.window->runs().finished_epochs(), 3);
    QCOMPARE(lab.message(), QString());
    // Its memory as well.
    auto* memory = lab.window->findChild<widgets::MemoryPlot*>();
    lab.find<QDockWidget>("memory")->raise();
    QTRY_VERIFY(memory->plot()->graphCount() > 0 && memory->plot()->graph(0)->dataCount() > 0);
  }

  void goes_on_with_a_run_that_was_stopped() {
    Lab lab;
    lab.open(Lab::small_experiment(400));
    QVERIFY(!lab.find<QAction>("continue_run")->isEnabled());
    lab.press("run_button");
    QVERIFY(lab.wait_for_epochs(2));
    lab.stop();
    const QString folder = lab.window->runs().run_folder();
    const int epochs = lab.window->runs().finished_epochs();

    // In another window, as after a restart of the program.
    lab.open_window();
    lab.window->open(folder);
    QVERIFY(wait_for([&lab] { return lab.find<QAction>("continue_run")->isEnabled(); }, patience_ms));
    QVERIFY(wait_for([&lab] { return lab.window->runs().data_ready(); }, patience_ms));
    lab.find<QAction>("continue_run")->trigger();
    QVERIFY(lab.wait_for_state(RunState::running));
    QVERIFY(lab.wait_for_epochs(epochs + 2));
    QCOMPARE(lab.window->runs().run_folder(), folder);
    lab.stop();
    QCOMPARE(lab.state(), RunState::stopped);
  }

  void refuses_damaged_fields() {
    QTemporaryDir folder;
    QVERIFY(QDir(folder.path()).mkdir("fields"));
    QVERIFY(!lab::read_run_fields(folder.path().toStdString()).has_value());
    for (const char* name : {"input.npy", "truth.npy", "prediction.npy"}) {
      QFile file(folder.filePath(QString("fields/") + name));
      QVERIFY(file.open(QIODevice::WriteOnly));
      // A header that promises far more than there is.
      const QByteArray header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000, 1000000), }\n";
      file.write("\x93NUMPY\x01", 7);
      file.write(QByteArray(1, '\0'));
      file.write(QByteArray(1, static_cast<char>(header.size())) + QByteArray(1, '\0'));
      file.write(header);
    }
    QVERIFY_EXCEPTION_THROWN(lab::read_run_fields(folder.path().toStdString()), RequestError);
  }
};

HALFWAVE_LAB_TEST_MAIN(RunFolderTest)
#include "run_folder_test.moc"
