#include "core/training/snapshots.h"

#include "core/training/shuffle.h"
#include "training_support.h"

#include <QtTest/QtTest>

using namespace halfwave;
using namespace halfwave::testing;

class SnapshotsTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  // The operators here are so small that a second thread would only be waited for.
  void initTestCase() { at::set_num_threads(1); }

  void no_more_than_so_many_a_second() {
    Throttle throttle(15.0, 0.1);
    int taken = 0;
    for (int millisecond = 0; millisecond < 1000; ++millisecond) {
      const double now = 100.0 + millisecond / 1000.0;
      if (!throttle.due(now)) continue;
      throttle.done(now, 0.001);
      ++taken;
    }
    QCOMPARE(taken, 15);
  }

  void no_more_than_a_share_of_the_time() {
    Throttle throttle(15.0, 0.1);
    double now = 0.0, spent = 0.0;
    while (now < 60.0) {
      if (throttle.due(now)) {
        throttle.done(now, 0.05);
        now += 0.05;
        spent += 0.05;
      }
      now += 0.01;
    }
    QVERIFY(spent / now <= 0.101);
    QVERIFY(spent / now >= 0.08);
  }

  void none_a_second_is_never() {
    const Throttle throttle(0.0);
    QVERIFY(!throttle.due(1e9));
  }

  void a_run_thins_its_snapshots() {
    const DataBundle data = small_bundle();
    Experiment experiment = small_experiment();
    experiment.training.epochs = 40;
    Recording observer;
    TrainerOptions options;
    options.max_snapshots_per_second = 0.5;
    Trainer trainer(experiment, data, observer, options);
    const RunResult result = trainer.run();
    QVERIFY2(result.state == RunState::finished, result.message.c_str());
    // The first, the last, and one in two seconds of the run.
    QVERIFY(observer.snapshots.size() >= 2);
    QVERIFY(static_cast<double>(observer.snapshots.size()) <= 3.0 + 0.5 * result.seconds);
    QCOMPARE(observer.snapshots.size(), observer.spectra.size());
    QCOMPARE(observer.snapshots.front().step, std::int64_t{0});
    QCOMPARE(observer.snapshots.back().step, std::int64_t{240});

    Recording silent;
    options.max_snapshots_per_second = 0.0;
    Trainer other(experiment, data, silent, options);
    other.run();
    QVERIFY(silent.snapshots.empty() && silent.spectra.empty());
    for (std::size_t i = 0; i < 240; ++i) QCOMPARE(silent.steps[i].loss, observer.steps[i].loss);
  }

  void a_snapshot_is_in_the_datas_units() {
    const DataBundle data = small_bundle();
    Experiment experiment = small_experiment();
    experiment.training.epochs = 60;
    Recording observer;
    TrainerOptions options;
    options.snapshot_sample = 2;
    Trainer trainer(experiment, data, observer, options);
    const RunResult result = trainer.run();
    const SnapshotEvent& last = observer.snapshots.back();
    QCOMPARE(last.sample, 2);
    QCOMPARE(last.test_set, std::string("8"));
    QCOMPARE(last.truth.shape, (std::vector{8, 8}));
    double error = 0.0, norm = 0.0;
    for (std::size_t i = 0; i < 64; ++i) {
      QCOMPARE(last.truth.values[i],
               data.tests[0].data.y[2].view(-1)[static_cast<std::int64_t>(i)].item<float>());
      error += std::pow(last.prediction.values[i] - last.truth.values[i], 2);
      norm += std::pow(last.truth.values[i], 2);
    }
    // One sample's error is at most the sum of all five of the test set.
    QVERIFY(std::sqrt(error / norm) <= 5.0 * result.metrics.at("8").l2 * (1.0 + 1e-5));
    const SpectrumEvent& spectrum = observer.spectra.back();
    QCOMPARE(spectrum.wavenumber.size(), spectrum.truth.size());
    QCOMPARE(spectrum.wavenumber.size(), spectrum.prediction.size());
    // Parseval: the powers add up to the mean square.
    double power = 0.0;
    for (const double p : spectrum.truth) power += p;
    QVERIFY(std::abs(power / (norm / 64.0) - 1.0) < 1e-5);
  }

  void shuffles_are_permutations_and_repeat() {
    Shuffle a(3), b(3), c(4);
    const auto first = a.permutation(50), second = a.permutation(50);
    QVERIFY(first == b.permutation(50));
    QVERIFY(first != second);
    QVERIFY(first != c.permutation(50));
    auto sorted = first;
    std::sort(sorted.begin(), sorted.end());
    for (std::int64_t i = 0; i < 50; ++i) QCOMPARE(sorted[static_cast<std::size_t>(i)], i);
    const std::uint64_t state = a.state();
    const auto third = a.permutation(50);
    a.restore(state);
    QVERIFY(a.permutation(50) == third);
    // Each of the six orders of three is drawn about as often: 6000 draws, deviation √(6000·(1/6)(5/6)) ≈ 29.
    std::map<std::vector<std::int64_t>, int> counts;
    for (int i = 0; i < 6000; ++i) ++counts[a.permutation(3)];
    QCOMPARE(counts.size(), std::size_t{6});
    for (const auto& [order, count] : counts) QVERIFY(std::abs(count - 1000) < 6 * 29);
    QVERIFY(a.permutation(0).empty());
    QCOMPARE(a.permutation(1), (std::vector<std::int64_t>{0}));
  }
};

QTEST_GUILESS_MAIN(SnapshotsTest)
#include "snapshots_test.moc"
