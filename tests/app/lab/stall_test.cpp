#include "lab_fixture.h"

#include <QElapsedTimer>
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

 private Q_SLOTS:
  void event_loop_turns_while_training() {
    Lab lab;
    lab.window->open("darcy-quick");
    QVERIFY(wait_for([&lab] { return lab.window->runs().data_ready(); }, patience_ms));
    QTest::qWait(500);

    constexpr int tick_ms = 5;
    std::vector<double> gaps;
    QElapsedTimer clock;
    QTimer timer;
    timer.setTimerType(Qt::PreciseTimer);
    QObject::connect(&timer, &QTimer::timeout, [&] {
      gaps.push_back(static_cast<double>(clock.nsecsElapsed()) / 1e6 - tick_ms);
      clock.start();
    });
    clock.start();
    timer.start(tick_ms);
    lab.press("run_button");
    constexpr int epochs = 3;
    QVERIFY(lab.wait_for_epochs(epochs));
    timer.stop();
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
                       << QThread::idealThreadCount() << " cores, 5 ms timer, delay beyond the tick)\n"
                       << "ticks " << gaps.size() << "\nmedian_ms " << share(0.5) << "\np99_ms "
                       << share(0.99) << "\nlongest_ms " << longest << "\nover_50_ms " << over << '\n';
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
