#include "widgets/run_table.h"

#include "core/files/atomic_file.h"
#include "core/training/run_files.h"
#include "core/training/run_metrics.h"
#include "core/training/run_summary.h"
#include "lab_fixture.h"
#include "widgets/compare_curves.h"
#include "widgets/plot_legend.h"
#include "widgets/qcustomplot_header.h"

#include <QDockWidget>
#include <QElapsedTimer>
#include <QHeaderView>
#include <QSortFilterProxyModel>
#include <QTextStream>

#include <algorithm>
#include <cmath>
#include <filesystem>

using namespace halfwave;
using namespace halfwave::test;
using widgets::RunColumn;
namespace fs = std::filesystem;

/// JSON written with single quotes.
static std::string json(std::string text) {
  std::replace(text.begin(), text.end(), '\'', '"');
  return text;
}

/// A folder as a run of so many epochs leaves it, whose L2 error ends at `error`.
static void make_run(const QString& folder, double error, int epochs = 5, int seed = 0,
                     const char* state = "finished", double started = 1.75e9) {
  const fs::path path(folder.toStdString());
  fs::create_directories(path);
  Experiment experiment = Lab::small_experiment(epochs);
  experiment.seed = static_cast<std::uint64_t>(seed);
  save_experiment(experiment, path / run_file::experiment);
  std::string metrics = metrics_header({"16"}), events;
  const std::string time = std::to_string(started);
  events += json("{'event':'state','time':" + time + ",'state':'running','epoch':0}\n");
  for (int i = 0; i < epochs; ++i) {
    EpochEvent event;
    event.epoch = i;
    const double l2 = error * (1.0 + std::exp(-0.5 * i) - std::exp(-0.5 * (epochs - 1)));
    event.train_loss = 0.8 * l2;
    event.metrics["16"] = {l2, 2.0 * l2};
    event.policy = "full";
    metrics += metrics_line(event, {"16"});
    events += json("{'event':'step','step':" + std::to_string(i) + ",'epoch':0,'seconds':0.0125}\n");
  }
  events += json("{'event':'state','time':" + time + ",'state':'" + state +
                 "','epoch':5,'peak_bytes':{'total':52428800}}\n");
  replace_file(path / run_file::metrics, metrics, false);
  replace_file(path / run_file::events, events, false);
}

/// The table of runs, driven with mouse and keys.
class RunTableTest : public QObject {
  Q_OBJECT

 private:
  /// A window with four runs in its table, which is in front.
  struct Table {
    explicit Table(int runs = 4) {
      qputenv("XDG_DATA_HOME", lab.folder.filePath("data").toUtf8());
      QDir(lab.folder.path()).mkdir("data");
      for (int i = 0; i < runs; ++i)
        make_run(folder(i), 0.01 * ((7 * i) % runs + 1), 5, i, i == 2 ? "stopped" : "finished",
                 1.75e9 + 60.0 * i);
    }
    void open() {
      QTest::keyClick(lab.window.get(), Qt::Key_9, Qt::AltModifier);
      lab.find<QDockWidget>("runs")->raise();
      table = lab.window->findChild<widgets::RunTable*>();
      view = table->view();
      QTRY_VERIFY_WITH_TIMEOUT(view->isVisible(), patience_ms);
      QTRY_COMPARE_WITH_TIMEOUT(table->model()->rowCount(), expected, patience_ms);
    }
    QString folder(int i) const { return lab::runs_root() + QString("/run-%1").arg(i); }
    QString text(int row, RunColumn column) const {
      return view->model()->index(row, static_cast<int>(column)).data().toString();
    }
    QStringList names() const {
      QStringList all;
      for (int row = 0; row < view->model()->rowCount(); ++row) all << text(row, RunColumn::name);
      return all;
    }
    int row_of(const QString& name) const { return static_cast<int>(names().indexOf(name)); }
    QPoint place(int row, RunColumn column) const {
      const QModelIndex index = view->model()->index(row, static_cast<int>(column));
      view->scrollTo(index);
      return view->visualRect(index).center();
    }
    void click(const QString& name, RunColumn column = RunColumn::name,
               Qt::KeyboardModifiers keys = {}) const {
      QTest::mouseClick(view->viewport(), Qt::LeftButton, keys, place(row_of(name), column));
    }
    void click_header(RunColumn column) const {
      QHeaderView* header = view->horizontalHeader();
      place(0, column);
      const int x = header->sectionViewportPosition(static_cast<int>(column)) + 12;
      QTest::mouseClick(header->viewport(), Qt::LeftButton, {}, QPoint(x, header->height() / 2));
    }
    void type_in_cell(const QString& text) const {
      auto* editor = view->viewport()->findChild<QLineEdit*>();
      QVERIFY(editor);
      editor->selectAll();
      QTest::keyClicks(editor, text);
      QTest::keyClick(editor, Qt::Key_Return);
      QTRY_VERIFY(!view->viewport()->findChild<QLineEdit*>());
    }
    widgets::CompareCurves* curves() const {
      return lab.find<QDockWidget>("curves")->findChild<widgets::CompareCurves*>();
    }

    Lab lab;
    int expected = 4;
    widgets::RunTable* table = nullptr;
    QTableView* view = nullptr;
  };

 private Q_SLOTS:
  void shows_what_the_folders_tell() {
    Table t;
    t.open();
    QCOMPARE(t.names(), QStringList({"run-3", "run-2", "run-1", "run-0"}));  // the newest first
    const int row = t.row_of("run-2");
    QCOMPARE(t.text(row, RunColumn::state), "stopped");
    QCOMPARE(t.text(row, RunColumn::last_l2), "0.03");
    QCOMPARE(t.text(row, RunColumn::last_h1), "0.06");
    QCOMPARE(t.text(row, RunColumn::step_time), "12.5");
    QCOMPARE(t.text(row, RunColumn::memory), "50");
    QCOMPARE(t.text(row, RunColumn::seed), "2");
    QCOMPARE(t.text(row, RunColumn::epochs), "5 / 5");
    QCOMPARE(t.text(row, RunColumn::op), "FNO 8×8 modes, width 8, 2 blocks");
    QVERIFY(!t.view->accessibleName().isEmpty());
  }

  void sorts_numbers_as_numbers() {
    Table t;
    make_run(t.folder(0), 0.2);
    make_run(t.folder(1), 0.09);
    t.open();
    t.click_header(RunColumn::best_l2);
    if (t.view->horizontalHeader()->sortIndicatorOrder() != Qt::AscendingOrder)
      t.click_header(RunColumn::best_l2);
    QCOMPARE(t.names(), QStringList({"run-3", "run-2", "run-1", "run-0"}));
    t.click_header(RunColumn::best_l2);
    QCOMPARE(t.names(), QStringList({"run-0", "run-1", "run-2", "run-3"}));
  }

  void filters_by_words() {
    Table t;
    t.open();
    auto* filter = t.lab.find<QLineEdit>("runs_filter");
    QTest::mouseClick(filter, Qt::LeftButton);
    QTest::keyClicks(filter, "stopped run");
    QCOMPARE(t.names(), QStringList({"run-2"}));
    QCOMPARE(t.lab.find<QLabel>("runs_counts")->text(), "1 of 4 runs");
    QTest::keyClicks(filter, " nothing");
    QVERIFY(t.names().isEmpty());
    filter->clear();
    QCOMPARE(t.names().size(), 4);
  }

  void keeps_names_groups_and_pins() {
    Table t;
    t.open();
    QFile experiment(t.folder(1) + "/experiment.json");
    QVERIFY(experiment.open(QIODevice::ReadOnly));
    const QByteArray document = experiment.readAll();

    t.click("run-1");
    QTest::keyClick(t.view, Qt::Key_F2);
    t.type_in_cell("the good one");
    QVERIFY(t.names().contains("the good one"));
    // A group for two runs at once.
    t.click("run-0", RunColumn::name, Qt::ControlModifier);
    QTest::keyClick(t.view, Qt::Key_G, Qt::ControlModifier);
    t.type_in_cell("paper");
    QCOMPARE(t.text(t.row_of("run-0"), RunColumn::group), "paper");
    QCOMPARE(t.text(t.row_of("the good one"), RunColumn::group), "paper");
    // The oldest comes first once it is pinned, in either order.
    QCOMPARE(t.names().last(), "run-0");
    t.click("run-0", RunColumn::pin);
    QCOMPARE(t.names().first(), "run-0");
    t.click_header(RunColumn::seed);
    QCOMPARE(t.names().first(), "run-0");
    t.click_header(RunColumn::seed);
    QCOMPARE(t.names().first(), "run-0");

    // The run's own files are as they were; another window knows all of it.
    experiment.seek(0);
    QCOMPARE(experiment.readAll(), document);
    QVERIFY(QFile::exists(lab::runs_root() + "/run-table.json"));
    t.lab.open_window();
    t.open();
    QCOMPARE(t.names().first(), "run-0");
    QVERIFY(t.names().contains("the good one"));
    QCOMPARE(t.text(t.row_of("run-0"), RunColumn::group), "paper");
  }

  void a_damaged_file_of_names_stays_as_it_is() {
    Table t;
    QVERIFY(QDir().mkpath(lab::runs_root()));
    const fs::path file = (lab::runs_root() + "/run-table.json").toStdString();
    replace_file(file, "{ half a file", false);
    t.lab.open_window();
    t.open();
    QVERIFY2(t.lab.message().contains("run-table.json"), qPrintable(t.lab.message()));
    t.click("run-1");
    QTest::keyClick(t.view, Qt::Key_F2);
    t.type_in_cell("another");
    QVERIFY(t.names().contains("another"));
    QCOMPARE(read_file(file), std::string("{ half a file"));
  }

  void selected_runs_lay_their_curves_over_one_another() {
    Table t;
    t.open();
    QVERIFY(!t.curves()->isVisible());
    t.click("run-1");
    t.click("run-3", RunColumn::name, Qt::ControlModifier);
    QTRY_VERIFY(t.curves()->isVisible());
    QCOMPARE(t.curves()->point_count(0), std::size_t(5));
    QCOMPARE(t.curves()->point_count(1), std::size_t(5));
    QVERIFY_EXCEPTION_THROWN(t.curves()->point_count(2), std::out_of_range);
    QCOMPARE(t.curves()->legend()->button("run0")->text(), "run-3");  // in the order of the table
    QCOMPARE(t.curves()->legend()->button("run1")->text(), "run-1");
    // A click on a curve goes to its row, and both stay on the screen.
    QCPGraph* line = t.curves()->plot()->graph(4);  // of the second run: steps, epochs, end
    QTRY_COMPARE(line->dataCount(), 5);
    const auto point = line->data()->at(1);
    QTest::mouseClick(t.curves()->plot(), Qt::LeftButton, {},
                      line->coordsToPixels(point->key, point->value).toPoint());
    QCOMPARE(t.view->currentIndex().row(), t.row_of("run-1"));
    QVERIFY(t.view->hasFocus());
    QCOMPARE(t.table->selected().size(), std::size_t(2));
    // A run that goes on brings its new epochs.
    make_run(t.folder(1), 0.01, 8, 1);
    QTRY_COMPARE_WITH_TIMEOUT(t.curves()->point_count(1), std::size_t(8), patience_ms);
    t.click("run-3", RunColumn::name, Qt::ControlModifier);
    QVERIFY_EXCEPTION_THROWN(t.curves()->point_count(1), std::out_of_range);
    QTest::keyClick(t.view, Qt::Key_Escape);
    QVERIFY(!t.curves()->isVisible());
  }

  void throws_away_and_brings_back() {
    Table t;
    t.open();
    t.click("run-1");
    QTest::keyClick(t.view, Qt::Key_Delete);
    QVERIFY(!QFile::exists(t.folder(1)));
    const QDir trash(t.lab.folder.filePath("data/Trash"));
    QVERIFY(trash.exists("files/run-1/experiment.json"));
    QTRY_COMPARE(t.names(), QStringList({"run-3", "run-2", "run-0"}));
    QVERIFY2(t.lab.message().contains("run-1"), qPrintable(t.lab.message()));
    QTest::mouseClick(t.lab.find<lab::MessageBar>("message_bar")->findChild<QPushButton*>("message_button"),
                      Qt::LeftButton);
    QVERIFY(QFile::exists(t.folder(1) + "/experiment.json"));
    QTRY_COMPARE(t.names(), QStringList({"run-3", "run-2", "run-1", "run-0"}));
    QCOMPARE(t.lab.message(), QString());
    // Nothing of it is left in the trash.
    for (const char* part : {"files", "info"})
      QVERIFY(QDir(trash.filePath(part)).isEmpty(QDir::AllEntries | QDir::NoDotAndDotDot));
  }

  void opens_a_run_with_a_double_click() {
    Table t;
    t.open();
    const QPoint place = t.place(t.row_of("run-2"), RunColumn::name);
    QTest::mouseClick(t.view->viewport(), Qt::LeftButton, {}, place);
    QTest::mouseDClick(t.view->viewport(), Qt::LeftButton, {}, place);
    QTRY_COMPARE_WITH_TIMEOUT(t.lab.window->runs().run_folder(), t.folder(2), patience_ms);
    QVERIFY(wait_for([&t] { return t.lab.window->runs().data_ready(); }, patience_ms));
    QCOMPARE(t.lab.window->document().experiment().seed, std::uint64_t(2));
  }

  void broken_folders_are_rows_that_say_so() {
    Table t;
    // Half-written, damaged, of a newer version, killed; a comparison's runs; and a folder that is no run.
    fs::create_directories(t.folder(10).toStdString());
    replace_file(fs::path(t.folder(10).toStdString()) / run_file::events, json("{'event':'sta"), false);
    make_run(t.folder(11), 0.1);
    replace_file(fs::path(t.folder(11).toStdString()) / run_file::experiment, "{", false);
    make_run(t.folder(12), 0.1);
    replace_file(fs::path(t.folder(12).toStdString()) / run_file::experiment, json("{'version': 99}"), false);
    make_run(t.folder(13), 0.1, 5, 0, "running");
    make_run(lab::runs_root() + "/small-compare-2026/mixed", 0.1);
    QVERIFY(QDir().mkpath(lab::runs_root() + "/notes"));
    t.expected = 9;
    t.open();
    for (const char* name : {"run-10", "run-11", "run-12"}) {
      QCOMPARE(t.text(t.row_of(name), RunColumn::state), "unreadable");
      const QString tip = t.view->model()->index(t.row_of(name), 0).data(Qt::ToolTipRole).toString();
      QVERIFY2(tip.contains(name == QString("run-12") ? "99 is newer" : run_file::experiment),
               qPrintable(tip));
    }
    QCOMPARE(t.text(t.row_of("run-13"), RunColumn::state), "interrupted");
    {
      const AppendFile writer(fs::path(t.folder(13).toStdString()) / run_file::events);
      QTRY_COMPARE(t.text(t.row_of("run-13"), RunColumn::state), "training");
      t.click("run-13");
      QTest::keyClick(t.view, Qt::Key_Delete);
      QVERIFY(QFile::exists(t.folder(13)));
      QVERIFY(t.lab.message().contains("is on"));
    }
    QTRY_COMPARE(t.text(t.row_of("run-13"), RunColumn::state), "interrupted");
    QCOMPARE(t.text(t.row_of("mixed"), RunColumn::group), "small-compare-2026");
    // Selected, opened, deleted under the table: each at worst a sentence.
    t.click("run-11");
    QTest::keyClick(t.view, Qt::Key_Return);
    QTRY_VERIFY(t.lab.message().contains(run_file::experiment));
    fs::remove_all(t.folder(11).toStdString());
    QTRY_COMPARE(t.row_of("run-11"), -1);
  }

  void the_run_in_progress_is_a_row_that_moves() {
    Table t(0);
    t.expected = 0;
    t.lab.open(Lab::small_experiment(400));
    t.lab.find<QDockWidget>("runs")->raise();
    t.table = t.lab.window->findChild<widgets::RunTable*>();
    t.view = t.table->view();
    t.lab.press("run_button");
    QVERIFY(t.lab.wait_for_epochs(1));
    QTRY_COMPARE_WITH_TIMEOUT(t.names().size(), 1, patience_ms);
    QTRY_COMPARE_WITH_TIMEOUT(t.text(0, RunColumn::state), "training", patience_ms);
    const QString first = t.text(0, RunColumn::epochs);
    QTRY_VERIFY_WITH_TIMEOUT(t.text(0, RunColumn::epochs) != first, patience_ms);
    t.click(t.names().first());
    QTRY_VERIFY(t.curves()->isVisible());
    t.lab.stop();
    QTRY_COMPARE_WITH_TIMEOUT(t.text(0, RunColumn::state), "stopped", patience_ms);
    QVERIFY(t.text(0, RunColumn::memory) != "–");
  }

  void pictures_data() {
    QTest::addColumn<bool>("dark");
    QTest::newRow("light") << false;
    QTest::newRow("dark") << true;
  }
  void pictures() {
    QFETCH(bool, dark);
    Table t(0);
    const char* states[] = {"finished", "finished", "stopped", "failed", "running"};
    for (int i = 0; i < 12; ++i)
      make_run(lab::runs_root() + QString("/darcy-quick-2026-11-%1-14%2").arg(i + 10).arg(i * 3 + 10),
               0.012 + 0.004 * ((5 * i) % 12), 30, i % 3, states[i % 5], 1.76e9 + 9e4 * i);
    t.expected = 12;
    widgets::apply_theme(*qApp, dark ? widgets::Theme::dark : widgets::Theme::light);
    t.lab.open(Lab::small_experiment());
    t.open();
    t.click(t.names()[3], RunColumn::pin);
    t.click(t.names()[2]);
    t.click(t.names()[4], RunColumn::name, Qt::ControlModifier);
    t.click(t.names()[7], RunColumn::name, Qt::ControlModifier);
    QCOMPARE(t.curves()->legend()->button("run0")->text(), "…20-1440");  // without what all share
    QTest::qWait(900);
    const QString end = dark ? "-dark" : "-light";
    screenshot(*t.lab.window, "runs-1280" + end);
    t.lab.window->resize(1920, 1080);
    t.lab.find<QAction>("reset_layout")->trigger();
    t.lab.find<QDockWidget>("runs")->raise();
    QTest::qWait(900);
    screenshot(*t.lab.window, "runs-1920" + end);
    QVERIFY(t.curves()->isVisible());
  }

  void two_hundred_runs_appear_without_stalling_the_window() {
    constexpr int runs = 200;
    Table t(0);
    for (int i = 0; i < runs; ++i) make_run(t.folder(i), 0.01 + 0.0001 * i, 100, i);
    t.table = t.lab.window->findChild<widgets::RunTable*>();
    double longest = 0.0;
    QElapsedTimer clock, whole;
    QTimer timer;
    timer.setTimerType(Qt::PreciseTimer);
    connect(&timer, &QTimer::timeout, this, [&] {
      longest = std::max(longest, static_cast<double>(clock.nsecsElapsed()) / 1e6 - 5.0);
      clock.start();
    });
    clock.start();
    whole.start();
    timer.start(5);
    t.lab.find<QDockWidget>("runs")->raise();
    QEventLoop loop;
    QTimer look;
    connect(&look, &QTimer::timeout, &loop, [&] {
      if (t.table->model()->rowCount() == runs || whole.elapsed() > patience_ms) loop.quit();
    });
    look.start(20);
    loop.exec();
    const double seconds = static_cast<double>(whole.elapsed()) / 1e3;
    t.table->view()->selectAll();
    look.stop();
    QTimer::singleShot(1500, &loop, &QEventLoop::quit);
    loop.exec();
    timer.stop();
    QCOMPARE(t.table->model()->rowCount(), runs);
    const QString text = QString(
                             "200 runs of 100 epochs in the table, all selected\nall_rows_after_s %1\n"
                             "longest_ms %2\n")
                             .arg(seconds)
                             .arg(longest);
    qInfo().noquote() << text;
    const QString record = qEnvironmentVariable("HALFWAVE_RECORD");
    if (record.isEmpty()) return;
    QFile file(record);
    QVERIFY2(file.open(QIODevice::WriteOnly), qPrintable(file.errorString()));
    file.write(text.toUtf8());
  }
};

HALFWAVE_LAB_TEST_MAIN(RunTableTest)
#include "run_table_test.moc"
