#include "core/precision/schedule.h"

#include <QtTest/QtTest>

#include <cmath>
#include <numeric>
#include <random>

using namespace halfwave;

namespace {

std::vector<int> epochs_per_phase(const std::vector<SchedulePhase>& phases, int epochs) {
  std::vector<int> counts(phases.size(), 0);
  for (int epoch = 0; epoch < epochs; ++epoch) ++counts[phase_at(phases, epoch, epochs)];
  return counts;
}

}  // namespace

class ScheduleTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void the_papers_schedule() {
    const auto phases = paper_schedule();
    QCOMPARE(phases.size(), std::size_t{3});
    QVERIFY((epochs_per_phase(phases, 20) == std::vector<int>{5, 10, 5}));
    QVERIFY((epochs_per_phase(phases, 500) == std::vector<int>{125, 250, 125}));

    Policy middle = make_policy(phases[1].preset, 4);
    apply_overrides(middle, phases[1].overrides);
    const LayerPolicy& block = middle.layers[2];
    QVERIFY(block[Stage::forward_transform] == Format::fp32);
    QVERIFY(block[Stage::contraction] == Format::fp16);
    QVERIFY(block[Stage::inverse_transform] == Format::fp16);
    QVERIFY(block[Stage::pointwise] == Format::fp16);
    QVERIFY(block.stabilizer == Stabilizer::none);
    QCOMPARE(phases[0].preset, std::string("mixed"));
    QCOMPARE(phases[2].preset, std::string("full"));
  }

  void boundaries_are_whole_epochs() {
    QVERIFY((epochs_per_phase(paper_schedule(), 10) == std::vector<int>{3, 5, 2}));
    QVERIFY((epochs_per_phase(paper_schedule(), 1) == std::vector<int>{0, 1, 0}));
    QVERIFY((epochs_per_phase({{0.1, "full", {}}, {0.2, "amp", {}}, {0.7, "full", {}}}, 5) ==
             std::vector<int>{1, 1, 3}));
  }

  void epochs_outside_the_run_belong_to_its_ends() {
    QCOMPARE(phase_at(paper_schedule(), -1, 20), std::size_t{0});
    QCOMPARE(phase_at(paper_schedule(), 20, 20), std::size_t{2});
    QCOMPARE(phase_at(paper_schedule(), 99, 20), std::size_t{2});
  }

  void no_phase_gets_more_than_its_share_rounded_up() {
    std::mt19937 random(7);
    std::uniform_real_distribution<double> share(0.0, 1.0);
    for (int trial = 0; trial < 500; ++trial) {
      std::vector<SchedulePhase> phases(1 + random() % 6);
      double sum = 0.0;
      for (auto& phase : phases) sum += phase.fraction = share(random);
      for (auto& phase : phases) phase.fraction /= sum;
      const int epochs = 1 + static_cast<int>(random() % 100);
      const auto counts = epochs_per_phase(phases, epochs);
      QCOMPARE(std::accumulate(counts.begin(), counts.end(), 0), epochs);
      for (std::size_t i = 0; i < phases.size(); ++i)
        QVERIFY(counts[i] <= static_cast<int>(std::ceil(phases[i].fraction * epochs + 1e-6)));
      std::size_t previous = 0;
      for (int epoch = 0; epoch < epochs; ++epoch) {
        const auto phase = phase_at(phases, epoch, epochs);
        QVERIFY(phase >= previous);
        previous = phase;
      }
    }
  }
};

QTEST_GUILESS_MAIN(ScheduleTest)
#include "schedule_test.moc"
