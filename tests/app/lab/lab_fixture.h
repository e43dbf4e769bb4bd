#pragma once

#include "app/lab/document.h"
#include "app/lab/main_window.h"
#include "app/lab/message_bar.h"
#include "app/lab/run_controller.h"
#include "app/lab/run_folders.h"
#include "core/device/memory_meter.h"
#include "core/device/patient_threads.h"
#include "core/experiment/experiment_io.h"
#include "support/window_support.h"
#include "widgets/precision_table.h"
#include "widgets/theme.h"

#include <QAction>
#include <QApplication>
#include <QComboBox>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QSettings>
#include <QStandardPaths>
#include <QTableView>
#include <QTemporaryDir>
#include <QToolButton>
#include <QtTest>

#include <memory>

/// A window with settings, runs and generated data in a folder of its own, driven from outside.
namespace halfwave::test {

/// Long enough for a busy machine; no test is expected to take it.
inline constexpr int patience_ms = 120000;

class Lab {
 public:
  Lab() {
    qputenv("XDG_CACHE_HOME", folder.filePath("cache").toUtf8());
    qputenv("XDG_DATA_HOME", folder.filePath("data").toUtf8());
    qputenv("MESA_SHADER_CACHE_DISABLE", "true");  // it would complain of folders that are gone
    QCoreApplication::setOrganizationName("Halfwave tests");
    QCoreApplication::setApplicationName("Halfwave tests");
    QSettings::setDefaultFormat(QSettings::IniFormat);
    QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, folder.filePath("settings"));
    lab::set_runs_root(folder.filePath("runs"));
    install_memory_meter();
    widgets::apply_theme(*qApp, widgets::Theme::light);
    open_window();
  }

  void open_window() {
    const bool first = !window;
    window = std::make_unique<lab::MainWindow>();
    QVERIFY(show_window(*window));
    // On a large screen the panels were placed for a larger window.
    if (first) find<QAction>("reset_layout")->trigger();
  }

  /// Small enough that an epoch takes a fraction of a second.
  static Experiment small_experiment(int epochs = 400) {
    Experiment e = load_experiment("darcy-quick");
    e.name = "small";
    e.dataset.resolution = 16;
    e.dataset.test_resolutions = {16};
    e.dataset.samples = 32;
    e.dataset.test_samples = 4;
    e.op.modes = {8, 8};
    e.op.width = 8;
    e.op.layers = 2;
    e.training.epochs = epochs;
    e.training.batch_size = 8;
    return e;
  }

  /// Opens an experiment from a file and waits for its data.
  void open(const Experiment& experiment) {
    const QString file = folder.filePath(QString::fromStdString(experiment.name) + ".json");
    save_experiment(experiment, file.toStdString());
    window->open(file);
    QVERIFY(wait_for([this] { return window->runs().data_ready(); }, patience_ms));
  }

  template <typename Widget>
  Widget* find(const char* name) const {
    return window->findChild<Widget*>(name);
  }

  void press(const char* button) const {
    auto* target = find<QToolButton>(button);
    QVERIFY2(target, button);
    QVERIFY2(target->isEnabled(), button);
    QTest::mouseClick(target, Qt::LeftButton);
  }

  /// Replaces the text of a field key by key.
  void type(const char* field, const QString& text) const {
    auto* edit = find<QLineEdit>(field);
    QVERIFY2(edit, field);
    edit->setFocus();
    edit->selectAll();
    QTest::keyClicks(edit, text);
  }

  /// What the message bar says; empty while it is hidden.
  QString message() const {
    const auto* bar = find<lab::MessageBar>("message_bar");
    return bar->isVisible() ? bar->text() : QString();
  }
  QString toolbar_problem() const { return find<QLabel>("toolbar_problem")->text(); }

  RunState state() const { return window->runs().state(); }
  bool wait_for_state(RunState wanted) const {
    return wait_for([this, wanted] { return state() == wanted; }, patience_ms);
  }
  bool wait_for_epochs(int epochs) const {
    return wait_for([this, epochs] { return window->runs().finished_epochs() >= epochs; }, patience_ms);
  }
  /// Clicks a cell of the precision table, then the entry of its menu that begins with `entry`.
  void choose_in_cell(int row, int column, const QString& entry) const {
    auto* cells = window->findChild<widgets::PrecisionTable*>()->findChild<QTableView*>();
    const QModelIndex index = cells->model()->index(row, column);
    cells->scrollTo(index);
    QTest::mouseClick(cells->viewport(), Qt::LeftButton, {}, cells->visualRect(index).center());
    QVERIFY(wait_for([] { return qobject_cast<QMenu*>(QApplication::activePopupWidget()) != nullptr; }));
    auto* menu = qobject_cast<QMenu*>(QApplication::activePopupWidget());
    for (QAction* action : menu->actions()) {
      if (!action->text().startsWith(entry)) continue;
      QTest::mouseClick(menu, Qt::LeftButton, {}, menu->actionGeometry(action).center());
      return;
    }
    QFAIL("the menu does not offer this entry");
  }
  /// A file of the run's folder; empty when it cannot be read.
  QByteArray recorded(const char* name) const {
    QFile file(window->runs().run_folder() + '/' + name);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
  }

  /// Stops the run, if one is on, so that the window may close without a question.
  void stop() const {
    window->runs().stop();
    QVERIFY(wait_for([this] { return !window->runs().busy(); }, patience_ms));
  }

  QTemporaryDir folder;
  std::unique_ptr<lab::MainWindow> window;
};

}  // namespace halfwave::test

/// QTEST_MAIN for tests that train: with OpenMP's threads as the program itself has them.
#define HALFWAVE_LAB_TEST_MAIN(TestClass)         \
  int main(int argc, char** argv) {               \
    halfwave::restart_with_patient_threads(argv); \
    QApplication application(argc, argv);         \
    TestClass test;                               \
    QTEST_SET_MAIN_SOURCE_PATH                    \
    return QTest::qExec(&test, argc, argv);       \
  }
