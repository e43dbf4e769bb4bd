#include "core/error.h"
#include "core/precision/loss_scaler.h"
#include "core/training/lr_schedule.h"

#include <QtTest/QtTest>

using namespace halfwave;

namespace {

Policy policy_with(Format format) {
  Policy policy;
  policy.layers.resize(3);
  policy.layers[1][Stage::contraction] = format;
  return policy;
}

}  // namespace

class SchedulesTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void learning_rates() {
    TrainingSpec spec;
    spec.learning_rate = 0.01;
    spec.epochs = 20;
    spec.lr_schedule = "constant";
    QCOMPARE(learning_rate_at(spec, 17), 0.01);

    spec.lr_schedule = "step";
    spec.lr_period = 5;
    spec.lr_gamma = 0.5;
    QCOMPARE(learning_rate_at(spec, 4), 0.01);
    QCOMPARE(learning_rate_at(spec, 5), 0.005);
    QCOMPARE(learning_rate_at(spec, 19), 0.00125);
    spec.lr_period = 0;
    QCOMPARE(learning_rate_at(spec, 19), 0.01);

    // Values of torch.optim.lr_scheduler.CosineAnnealingLR(T_max=30) at lr 0.01, by its formula:
    // cos 0 = 1, cos 60° = 1/2, cos 90° = 0, cos 180° = −1.
    spec.lr_schedule = "cosine";
    spec.lr_period = 30;
    QCOMPARE(learning_rate_at(spec, 0), 0.01);
    QVERIFY(std::abs(learning_rate_at(spec, 10) - 0.0075) < 1e-15);
    QVERIFY(std::abs(learning_rate_at(spec, 15) - 0.005) < 1e-15);
    QVERIFY(std::abs(learning_rate_at(spec, 30)) < 1e-15);
    spec.lr_period = 0;
    QVERIFY(std::abs(learning_rate_at(spec, 10) - 0.005) < 1e-15);

    spec.lr_schedule = "linear";
    QVERIFY_THROWS_EXCEPTION(FieldError, learning_rate_at(spec, 0));
  }

  void scaling_is_for_formats_of_narrow_range() {
    QVERIFY(LossScaler::needed(policy_with(Format::fp16)));
    QVERIFY(LossScaler::needed(policy_with(Format::fp8_e4m3)));
    QVERIFY(LossScaler::needed(policy_with(Format::fp8_e5m2)));
    for (const Format format : {Format::fp64, Format::fp32, Format::tf32, Format::bf16})
      QVERIFY(!LossScaler::needed(policy_with(format)));
    LossScaler scaler("dynamic", 1024.0);
    QVERIFY(!scaler.active());
    QCOMPARE(scaler.scale(), 1.0);
    scaler.set_policy(policy_with(Format::fp16));
    QCOMPARE(scaler.scale(), 1024.0);
    scaler.set_policy(policy_with(Format::bf16));
    QCOMPARE(scaler.scale(), 1.0);
  }

  void dynamic_halves_and_doubles() {
    LossScaler scaler("dynamic", 1024.0);
    scaler.set_policy(policy_with(Format::fp16));
    QVERIFY(!scaler.update(false));
    QCOMPARE(scaler.scale(), 512.0);
    for (int i = 0; i < 1999; ++i) QVERIFY(scaler.update(true));
    QCOMPARE(scaler.scale(), 512.0);
    QVERIFY(scaler.update(true));
    QCOMPARE(scaler.scale(), 1024.0);
    for (int i = 0; i < 1999; ++i) scaler.update(true);
    scaler.update(false);
    scaler.update(true);
    QCOMPARE(scaler.scale(), 512.0);

    const LossScaler::State saved = scaler.state();
    LossScaler other("dynamic", 1024.0);
    other.set_policy(policy_with(Format::fp16));
    other.restore(saved);
    QVERIFY(other.state() == saved && other.scale() == 512.0);
  }

  void gives_up_at_the_floor() {
    LossScaler scaler("dynamic", 4.0);
    scaler.set_policy(policy_with(Format::fp16));
    scaler.update(false);
    scaler.update(false);
    QCOMPARE(scaler.scale(), 1.0);
    for (int i = 0; i < 19; ++i) {
      scaler.update(false);
      QVERIFY(!scaler.exhausted());
    }
    scaler.update(true);
    for (int i = 0; i < 19; ++i) scaler.update(false);
    QVERIFY(!scaler.exhausted());
    scaler.update(false);
    QVERIFY(scaler.exhausted());
    QCOMPARE(scaler.scale(), 1.0);
  }

  void fixed_stays_and_gives_up_likewise() {
    LossScaler scaler("fixed", 256.0);
    scaler.set_policy(policy_with(Format::fp16));
    for (int i = 0; i < 5000; ++i) scaler.update(true);
    QCOMPARE(scaler.scale(), 256.0);
    for (int i = 0; i < 20; ++i) QVERIFY(!scaler.update(false));
    QCOMPARE(scaler.scale(), 256.0);
    QVERIFY(scaler.exhausted());
  }

  void none_never_scales_and_bad_requests_are_refused() {
    LossScaler scaler("none", 1024.0);
    scaler.set_policy(policy_with(Format::fp16));
    QVERIFY(!scaler.active());
    QCOMPARE(scaler.scale(), 1.0);
    QVERIFY_THROWS_EXCEPTION(FieldError, LossScaler("automatic", 1.0));
    QVERIFY_THROWS_EXCEPTION(FieldError, LossScaler("dynamic", 0.0));
    QVERIFY_THROWS_EXCEPTION(FieldError, LossScaler("fixed", std::nan("")));
  }
};

QTEST_GUILESS_MAIN(SchedulesTest)
#include "schedules_test.moc"
