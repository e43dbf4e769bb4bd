#include "lab_fixture.h"

#include <QDockWidget>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QFile>
#include <QTextStream>
#include <QTimer>

#include <algorithm>
#include <vector>

using namespace halfwave;
using namespace halfwave::test;

/// Measures how long the window's event loop is kept from turning while the embedded experiment trains. The
/// figures are printed, and written to the file that HALFWAVE_RECORD names.
class StallTest : public QObject {
  Q_OBJECT

 private:
  /// No panel behind another.
  static void show_all_views(QMainWindow& window) {
    const auto dock = [&window](const char* name) { return window.findChild<QDockWidget*>(name); };
    int x = 40;
    for (const char* name : {"spectrum", "memory"}) {
      dock(name)->setFloating(true);
      dock(name)->setGeometry(x, 480, 400, 300);
      dock(name)->show();
      x += 420;
    }
    dock("curves")->raise();
    screenshot(window, "all-views");
    for (const char* name : {"precision", "curves", "spectrum", "memory"}) {
      QVERIFY2(!dock(name)->visibleRegion().isEmpty(), name);
    }
  }

 private Q_SLOTS:
  void event_loop_turns_while_training() {
    Lab lab;
    lab.window->open("darcy-quick");
    QVERIFY(wait_for([&lab] { return lab.window->runs().data_ready(); }, patience_ms));
    show_all_views(*lab.window);
    QTest::qWait(500);

    constexpr int tick_ms = 5;
    std::vector<double> gaps;
    QElapsedTimer clock, since_start;
    double longest_at = 0.0, longest_so_far = 0.0;  // when the worst delay was, in seconds after Run
    QTimer timer;
    timer.setTimerType(Qt::PreciseTimer);
    QObject::connect(&timer, &QTimer::timeout, [&] {
      gaps.push_back(static_cast<double>(clock.nsecsElapsed()) / 1e6 - tick_ms);
      if (gaps.back() > longest_so_far) {
        longest_so_far = gaps.back();
        longest_at = static_cast<double>(since_start.elapsed()) / 1e3;
      }
      clock.start();
    });
    since_start.start();
    clock.start();
    timer.start(tick_ms);
    lab.press("run_button");
    constexpr int epochs = 3;
    // A loop as the program has it: QTest's own waits sleep between turns.
    QEventLoop loop;
    QTimer look;
    QObject::connect(&look, &QTimer::timeout, &loop, [&] {
      if (lab.window->runs().finished_epochs() >= epochs || !lab.window->runs().busy()) loop.quit();
    });
    look.start(100);
    loop.exec();
    timer.stop();
    QVERIFY(lab.window->runs().finished_epochs() >= epochs);
    lab.stop();

    QVERIFY(gaps.size() > 100);
    std::sort(gaps.begin(), gaps.end());
    const double longest = gaps.back();
    const auto share = [&gaps](double of) {
      return gaps[static_cast<std::size_t>(of * static_cast<double>(gaps.size() - 1))];
    };
    const auto over = std::count_if(gaps.begin(), gaps.end(), [](double gap) { return gap > 50.0; });
    QString text;
    QTextStream(&text) << "event loop while darcy-quick trains (" << epochs << " epochs, "
                       << QThread::idealThreadCount()
                       << " cores, all views open, 5 ms timer, delay beyond the tick)\n"
                       << "ticks " << gaps.size() << "\nmedian_ms " << share(0.5) << "\np99_ms "
                       << share(0.99) << "\nlongest_ms " << longest << "\nlongest_after_s " << longest_at
                       << "\nover_50_ms " << over << '\n';
    qInfo().noquote() << text;
    const QString record = qEnvironmentVariable("HALFWAVE_RECORD");
    if (!record.isEmpty()) {
      QFile file(record);
      QVERIFY2(file.open(QIODevice::WriteOnly), qPrintable(file.errorString()));
      file.write(text.toUtf8());
    }
    // Not a matter of speed: a window that stands still so long hangs.
    QVERIFY(longest < 5000.0);
  }
};

HALFWAVE_LAB_TEST_MAIN(StallTest)
#include "stall_test.moc"
