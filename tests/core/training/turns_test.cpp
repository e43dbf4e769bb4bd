#include "core/training/turns.h"

#include "core/device/memory_meter.h"

#include <ATen/ATen.h>
#include <QtTest/QtTest>

#include <atomic>
#include <future>
#include <random>
#include <thread>

using namespace halfwave;
using namespace std::chrono_literals;

namespace {

/// Runs `work` in a thread of its own; false when it has not ended in time, which here means a deadlock.
bool ends(const std::function<void()>& work) {
  std::packaged_task<void()> task(work);
  std::future<void> done = task.get_future();
  std::thread thread(std::move(task));
  const bool in_time = done.wait_for(60s) == std::future_status::ready;
  if (in_time)
    thread.join();
  else
    thread.detach();
  return in_time;
}

/// What the runs did, in its order. Written only by who has the turn, so it needs no lock of its own.
using Log = std::vector<std::size_t>;

}  // namespace

class TurnsTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() { install_memory_meter(); }

  void runs_work_one_after_the_other_in_the_order_of_their_numbers() {
    Log log;
    QVERIFY(ends([&] {
      Turns turns(3);
      std::vector<std::jthread> threads;
      for (const std::size_t run : {2u, 0u, 1u})
        threads.emplace_back([&, run] {
          for (int i = 0; i < 50; ++i) {
            turns.take(run);
            log.push_back(run);
            turns.pass(run);
          }
          turns.leave(run);
        });
    }));
    QCOMPARE(log.size(), std::size_t{150});
    for (std::size_t i = 0; i < log.size(); ++i) QCOMPARE(log[i], i % 3);
  }

  void a_resting_run_is_not_waited_for_and_comes_back_into_phase() {
    Log log;
    QVERIFY(ends([&] {
      Turns turns(2);
      turns.take(0);
      turns.pass(0);
      turns.take(1);
      turns.rest(1);  // its first turn is not done
      for (int i = 0; i < 3; ++i) {
        turns.take(0);
        turns.pass(0);
      }
      // Now run 1 is 4 turns behind; it gets as many before the other is served again.
      std::jthread other([&] {
        for (int i = 0; i < 2; ++i) {
          turns.take(0);
          log.push_back(0);
          turns.pass(0);
        }
        turns.leave(0);
      });
      // Run 0 may get a turn before run 1 is there, but none while that is behind.
      for (int i = 0; i < 6; ++i) {
        turns.take(1);
        log.push_back(1);
        turns.pass(1);
      }
      turns.leave(1);
    }));
    QCOMPARE(log.size(), std::size_t{8});
    const auto first_one = std::find(log.begin(), log.end(), 1u);
    QVERIFY(std::count(first_one, first_one + 4, 1u) == 4);
  }

  void who_leaves_is_not_waited_for() {
    QVERIFY(ends([] {
      Turns turns(3);
      turns.leave(0);  // before its first turn
      turns.take(1);
      turns.leave(1);  // during a turn
      turns.leave(1);
      turns.take(2);
      turns.pass(2);
      turns.take(2);
      turns.leave(2);
      turns.take(2);  // does not wait for ever
    }));
  }

  void random_rests_and_ends_never_lock() {
    for (unsigned seed = 0; seed < 10; ++seed) {
      std::atomic<int> working{0};
      std::atomic<bool> together{false};
      QVERIFY2(ends([&] {
                 constexpr std::size_t runs = 8;
                 Turns turns(runs);
                 std::vector<std::jthread> threads;
                 for (std::size_t run = 0; run < runs; ++run)
                   threads.emplace_back([&, run] {
                     std::mt19937 random(seed * 100 + static_cast<unsigned>(run));
                     const int turns_to_take = static_cast<int>(random() % 200);
                     for (int i = 0; i < turns_to_take; ++i) {
                       turns.take(run);
                       if (working.fetch_add(1) != 0) together = true;
                       if (random() % 8 == 0) std::this_thread::yield();
                       working.fetch_sub(1);
                       if (random() % 10 == 0) {
                         turns.rest(run);
                         if (random() % 2 == 0) std::this_thread::sleep_for(1ms);
                       } else {
                         turns.pass(run);
                       }
                     }
                     turns.leave(run);
                   });
               }),
               qPrintable(QString("deadlock with seed %1").arg(seed)));
      QVERIFY(!together);
    }
  }

  void memory_of_the_others_is_left_out() {
    const auto bytes = [](std::int64_t count) { return at::zeros({count}, at::kByte); };
    const auto weights = [](const MemoryReport& r) { return r.live_of(MemoryCategory::weights); };
    constexpr std::int64_t mib = 1 << 20;
    const MemoryScope scope(MemoryCategory::weights);
    const at::Tensor before = bytes(3 * mib);  // of nobody
    Turns turns(2);
    turns.take(0);
    at::Tensor a = bytes(4 * mib);
    turns.pass(0);
    turns.take(1);
    const at::Tensor b = bytes(8 * mib);
    { const at::Tensor passing = bytes(16 * mib); }
    const MemoryReport one = turns.own(1, memory_report());
    // The meter counts a block's whole size, which is rounded up.
    const auto about = [](std::int64_t is, std::int64_t wanted) {
      return is >= wanted && is < wanted + 65536;
    };
    QVERIFY(about(weights(one), 8 * mib));
    QVERIFY(about(one.peak_total, 24 * mib));
    QVERIFY(about(one.peak_of(MemoryCategory::weights), 24 * mib));
    turns.pass(1);
    turns.take(0);
    QVERIFY(about(weights(turns.own(0, memory_report())), 4 * mib));
    // The peak of the other is not this run's.
    QVERIFY(about(turns.own(0, memory_report()).peak_total, 4 * mib));
    a = at::Tensor();
    QVERIFY(about(weights(turns.own(0, memory_report())), 0));
    turns.rest(0);
    turns.take(1);
    QVERIFY(about(weights(turns.own(1, memory_report())), 8 * mib));
    turns.leave(1);
    turns.leave(0);
  }

  void all_take_snapshots_where_the_first_does() {
    Turns turns(2);
    QVERIFY(turns.snapshot_at(1, true));
    QVERIFY(turns.snapshot_at(1, false));
    QVERIFY(!turns.snapshot_at(2, false));
    QVERIFY(!turns.snapshot_at(2, true));
    QVERIFY(turns.snapshot_at(5, true));
    QVERIFY(!turns.snapshot_at(4, true));  // the one ahead took none there
    QVERIFY(turns.snapshot_at(5, false));
  }
};

QTEST_GUILESS_MAIN(TurnsTest)
#include "turns_test.moc"
