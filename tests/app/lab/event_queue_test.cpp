#include "app/lab/event_queue.h"

#include <QtTest>

#include <thread>

using namespace halfwave;
using namespace halfwave::lab;

class EventQueueTest : public QObject {
  Q_OBJECT

 private:
  static StepEvent step(std::int64_t number) {
    StepEvent event;
    event.step = number;
    return event;
  }

 private Q_SLOTS:
  void wakes_once_until_taken() {
    int woken = 0;
    EventQueue queue([&woken] { ++woken; });
    for (int i = 0; i < 10; ++i) queue.on_step(step(i));
    QCOMPARE(woken, 1);
    QCOMPARE(queue.take().steps.size(), std::size_t(10));
    QVERIFY(queue.take().empty());
    queue.on_step(step(10));
    QCOMPARE(woken, 2);
  }

  void keeps_only_the_newest_picture() {
    EventQueue queue([] {});
    for (int i = 0; i < 5; ++i) {
      SnapshotEvent snapshot;
      snapshot.step = i;
      queue.on_snapshot(snapshot);
      MemoryEvent memory;
      memory.step = i;
      queue.on_memory(memory);
      SpectrumEvent spectrum;
      spectrum.step = i;
      queue.on_spectrum(spectrum);
    }
    const EventBatch batch = queue.take();
    QCOMPARE(batch.snapshot->step, std::int64_t(4));
    QCOMPARE(batch.memory->step, std::int64_t(4));
    QCOMPARE(batch.spectrum->step, std::int64_t(4));
  }

  void is_bounded_and_keeps_order_and_the_last() {
    constexpr std::size_t limit = 100;
    EventQueue queue([] {}, limit);
    constexpr int told = 10000;
    for (int i = 0; i < told; ++i) queue.on_step(step(i));
    const EventBatch batch = queue.take();
    QVERIFY(batch.steps.size() <= limit);
    QVERIFY(batch.steps.size() >= limit / 2);
    QCOMPARE(batch.steps.back().step, std::int64_t(told - 1));
    for (std::size_t i = 1; i < batch.steps.size(); ++i) {
      QVERIFY(batch.steps[i].step > batch.steps[i - 1].step);
    }
  }

  void loses_nothing_between_threads() {
    EventQueue queue([] {}, 1000000);
    constexpr int told = 20000;
    std::thread teller([&queue] {
      for (int i = 0; i < told; ++i) queue.on_step(step(i));
    });
    std::int64_t expected = 0;
    while (expected < told) {
      for (const StepEvent& event : queue.take().steps) QCOMPARE(event.step, expected++);
    }
    teller.join();
    QVERIFY(queue.take().empty());
  }
};

QTEST_GUILESS_MAIN(EventQueueTest)
#include "event_queue_test.moc"
