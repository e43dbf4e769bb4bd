#include "app/lab/run_progress.h"

#include <QtTest>

using namespace halfwave;
using namespace halfwave::lab;

class RunProgressTest : public QObject {
  Q_OBJECT

 private:
  static StepEvent step(int epoch, int in_epoch, double seconds = 0.1) {
    StepEvent event;
    event.epoch = epoch;
    event.step_in_epoch = in_epoch;
    event.steps_per_epoch = 10;
    event.step = epoch * 10 + in_epoch;
    event.seconds = seconds;
    return event;
  }

 private Q_SLOTS:
  void knows_nothing_before_the_first_step() {
    RunProgress progress;
    progress.start(4);
    QCOMPARE(progress.fraction(), 0.0);
    QCOMPARE(progress.steps_per_second(), 0.0);
    QVERIFY(progress.seconds_left() < 0);
  }

  void counts_steps_and_epochs() {
    RunProgress progress;
    progress.start(4);
    for (int i = 0; i < 5; ++i) progress.add(step(1, i));
    QCOMPARE(progress.fraction(), 1.5 / 4);
    QCOMPARE(progress.steps_per_second(), 10.0);
    // 2.5 epochs of 10 steps of 0.1 s
    QCOMPARE(progress.seconds_left(), 2.5);
  }

  void reckons_with_evaluation_once_an_epoch_was_timed() {
    RunProgress progress;
    progress.start(2);
    for (int i = 0; i < 10; ++i) progress.add(step(0, i));
    EpochEvent epoch;
    epoch.epoch = 0;
    epoch.epochs = 2;
    epoch.seconds = 3.0;
    progress.add(epoch);
    QCOMPARE(progress.fraction(), 0.5);
    QCOMPARE(progress.finished_epochs(), 1);
    QCOMPARE(progress.seconds_left(), 3.0);
  }

  void writes_durations_and_bytes_for_people() {
    QCOMPARE(duration_text(-1), QString("–"));
    QCOMPARE(duration_text(41.2), QString("42 s"));
    QCOMPARE(duration_text(200), QString("3 min 20 s"));
    QCOMPARE(duration_text(3900), QString("1 h 5 min"));
    QCOMPARE(bytes_text(1536), QString("1.5 KiB"));
    QCOMPARE(bytes_text(3 << 20), QString("3.0 MiB"));
  }
};

QTEST_GUILESS_MAIN(RunProgressTest)
#include "run_progress_test.moc"
