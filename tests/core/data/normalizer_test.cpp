#include "core/data/normalizer.h"

#include "core/error.h"

#include <ATen/ATen.h>
#include <QtTest/QtTest>

using namespace halfwave;

class NormalizerTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void statistics_are_per_channel_and_unbiased() {
    // Channel 0 holds 1, 2, 3, 4 (mean 2.5, sample variance 5/3), channel 1 holds 10, 10, 10, 14.
    const at::Tensor data = at::tensor({1.f, 2.f, 10.f, 10.f, 3.f, 4.f, 10.f, 14.f}).view({2, 2, 2});
    const Normalizer normalizer = Normalizer::fit("per-channel", data);
    QCOMPARE(normalizer.mean().sizes().vec(), (std::vector<std::int64_t>{1, 2, 1}));
    QCOMPARE(normalizer.mean().flatten()[0].item<float>(), 2.5f);
    QCOMPARE(normalizer.mean().flatten()[1].item<float>(), 11.0f);
    QCOMPARE(normalizer.deviation().flatten()[0].item<float>(), std::sqrt(5.0f / 3.0f));
    QCOMPARE(normalizer.deviation().flatten()[1].item<float>(), 2.0f);
    const at::Tensor out = normalizer.normalize(data);
    QVERIFY(std::abs(out[0][1][0].item<double>() - (10.0 - 11.0) / (2.0 + 1e-7)) < 1e-6);
    // There and back costs two roundings of values up to 14.
    QVERIFY((normalizer.denormalize(out) - data).abs().max().item<double>() < 4e-6);
  }

  void large_offsets_do_not_spoil_the_deviation() {
    at::manual_seed(3);
    const at::Tensor noise = at::randn({50, 1, 32, 32});
    const Normalizer normalizer = Normalizer::fit("per-channel", noise + 1000.0);
    const double expected = (noise + 1000.0).to(at::kDouble).std().item<double>();
    QVERIFY(std::abs(normalizer.deviation().item<double>() / expected - 1.0) < 1e-6);
  }

  void none_changes_nothing() {
    const at::Tensor x = at::randn({2, 1, 4});
    const Normalizer none = Normalizer::fit("none", x);
    QVERIFY(none.is_identity());
    QVERIFY(none.normalize(x).is_same(x));
    QVERIFY(none.denormalize(x).is_same(x));
  }

  void a_constant_channel_stays_finite() {
    const at::Tensor x = at::full({3, 1, 4}, 5.0f);
    const Normalizer normalizer = Normalizer::fit("per-channel", x);
    QCOMPARE(normalizer.normalize(x).abs().max().item<double>(), 0.0);
    QCOMPARE(normalizer.denormalize(at::zeros({3, 1, 4})).min().item<double>(), 5.0);
  }

  void double_precision_stays_double() {
    const Normalizer normalizer = Normalizer::fit("per-channel", at::randn({3, 1, 4}));
    QCOMPARE(normalizer.normalize(at::randn({1, 1, 4}, at::kDouble)).scalar_type(), at::kDouble);
  }

  void bad_requests_name_the_field() {
    try {
      Normalizer::fit("per-point", at::randn({2, 1, 4}), "dataset.output_normalizer");
      QFAIL("an unknown kind was taken");
    } catch (const FieldError& error) {
      QCOMPARE(error.path(), std::string("dataset.output_normalizer"));
    }
    QVERIFY_THROWS_EXCEPTION(FieldError, Normalizer::fit("per-channel", at::randn({1, 2, 1})));
  }
};

QTEST_GUILESS_MAIN(NormalizerTest)
#include "normalizer_test.moc"
