#include "core/data/normalizer.h"

#include "core/data/normalizer_fit.h"
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
    QCOMPARE(normalizer.state().at("mean").sizes().vec(), (std::vector<std::int64_t>{1, 2, 1}));
    QCOMPARE(normalizer.state().at("mean").flatten()[0].item<float>(), 2.5f);
    QCOMPARE(normalizer.state().at("mean").flatten()[1].item<float>(), 11.0f);
    QCOMPARE(normalizer.state().at("deviation").flatten()[0].item<float>(), std::sqrt(5.0f / 3.0f));
    QCOMPARE(normalizer.state().at("deviation").flatten()[1].item<float>(), 2.0f);
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
    QVERIFY(std::abs(normalizer.state().at("deviation").item<double>() / expected - 1.0) < 1e-6);
  }

  void points_have_statistics_of_their_own() {
    // Over three samples: 1, 2, 6 (mean 3, sample variance 7) and 5, 5, 5; a second channel of tenfold
    // values.
    const at::Tensor one = at::tensor({1.f, 5.f, 2.f, 5.f, 6.f, 5.f}).view({3, 1, 2});
    const Normalizer normalizer = Normalizer::fit("per-point", at::cat({one, one * 10.0}, 1));
    const at::Tensor mean = normalizer.state().at("mean"), deviation = normalizer.state().at("deviation");
    QCOMPARE(mean.sizes().vec(), (std::vector<std::int64_t>{1, 2, 2}));
    QVERIFY(mean.equal(at::tensor({3.f, 5.f, 30.f, 50.f}).view({1, 2, 2})));
    const auto root = static_cast<float>(std::sqrt(7.0)), wide = static_cast<float>(10.0 * std::sqrt(7.0));
    QVERIFY(deviation.allclose(at::tensor({root, 0.f, wide, 0.f}).view({1, 2, 2}), 1e-7, 0.0));
    // The point that never changes is divided by a thousandth of √((7 + 0)/2), plus 1e-7.
    const double least = 1e-3 * std::sqrt(3.5) + 1e-7;
    QVERIFY(std::abs(normalizer.divisor()[0][0][1].item<double>() / least - 1.0) < 1e-6);
    const at::Tensor out = normalizer.normalize(at::cat({one, one * 10.0}, 1));
    QVERIFY(std::abs(out[2][0][0].item<double>() - 3.0 / std::sqrt(7.0)) < 1e-6);
    QCOMPARE(out.select(2, 1).abs().max().item<double>(), 0.0);
    // Two roundings of values up to 60.
    QVERIFY((normalizer.denormalize(out).select(1, 1) - (one * 10.0).squeeze(1)).abs().max().item<double>() <
            2e-5);
  }

  void statistics_of_points_are_interpolated_on_other_grids() {
    // Mean i + 10 j and deviation 1 + i at point (i, j) of a 4 × 4 grid: linear, so known between its points.
    const at::Tensor i = at::arange(4, at::kFloat).view({1, 1, 4, 1}).expand({1, 1, 4, 4});
    const at::Tensor j = at::arange(4, at::kFloat).view({1, 1, 1, 4}).expand({1, 1, 4, 4});
    const Normalizer normalizer = Normalizer::from_state(
        {{"mean", (i + 10.0 * j).contiguous()}, {"deviation", (1.0 + i).contiguous()}});
    const at::Tensor zero = at::zeros({1, 1, 8, 8}), fine = normalizer.denormalize(zero);
    const at::Tensor coarse = normalizer.denormalize(at::zeros({1, 1, 4, 4}));
    // Points that both grids have agree to the bit.
    QVERIFY(fine.slice(2, 0, std::nullopt, 2).slice(3, 0, std::nullopt, 2).equal(coarse));
    QCOMPARE(fine[0][0][3][5].item<float>(), 1.5f + 25.0f);
    QCOMPARE(fine[0][0][7][7].item<float>(), 3.0f + 30.0f);  // behind the last point: as there
    const at::Tensor ones = normalizer.denormalize(at::ones({1, 1, 8, 8})) - fine;
    QVERIFY(std::abs(ones[0][0][3][5].item<double>() - 2.5) < 4e-6);
    // A coarser grid, and one whose points fall between: x = 2/3 · 4 = 8/3.
    QCOMPARE(normalizer.denormalize(at::zeros({1, 1, 2, 2}))[0][0][1][1].item<float>(), 22.0f);
    QVERIFY(std::abs(normalizer.denormalize(at::zeros({1, 1, 3, 4}))[0][0][2][1].item<double>() -
                     (8.0 / 3.0 + 10.0)) < 4e-6);
    const at::Tensor x = at::randn({2, 1, 8, 8});
    QVERIFY(normalizer.denormalize(normalizer.normalize(x)).allclose(x, 1e-6, 4e-6));
  }

  void least_and_greatest_become_0_and_1() {
    const at::Tensor data = at::tensor({-3.f, 1.f, 7.f, 7.f, 5.f, 2.f, 7.f, 7.f}).view({2, 2, 2});
    const Normalizer normalizer = Normalizer::fit("min-max", data);
    QVERIFY(normalizer.state().at("minimum").equal(at::tensor({-3.f, 7.f}).view({1, 2, 1})));
    QVERIFY(normalizer.state().at("maximum").equal(at::tensor({5.f, 7.f}).view({1, 2, 1})));
    const at::Tensor out = normalizer.normalize(data);
    // Divided by 8, which is exact; the channel of one value becomes 0.
    QVERIFY(out.equal(at::tensor({0.f, 0.5f, 0.f, 0.f, 1.f, 0.625f, 0.f, 0.f}).view({2, 2, 2})));
    QVERIFY(normalizer.denormalize(out).equal(data));
    const Normalizer again = Normalizer::from_state(normalizer.state());
    QVERIFY(again.normalize(data).equal(out));
  }

  void parts_give_the_bits_of_the_whole() {
    const at::Tensor data = at::randn({23, 2, 5, 7}) * 3.0 + 100.0;
    for (const char* kind : {"per-channel", "per-point", "min-max"}) {
      const Normalizer whole = Normalizer::fit(kind, data);
      NormalizerFit fit(kind, {2, 5, 7}, "field");
      for (const auto& [first, count] : {std::pair{0, 1}, {1, 10}, {11, 12}})
        fit.add(data.narrow(0, first, count));
      const Normalizer parts = fit.result();
      for (const auto& [name, tensor] : whole.state()) QVERIFY(parts.state().at(name).equal(tensor));
      QCOMPARE(whole.state().size(), std::size_t{2});
    }
    const Normalizer points = Normalizer::fit("per-point", data);
    // Both round fp64 sums once.
    QVERIFY(points.state()
                .at("deviation")
                .allclose(data.to(at::kDouble).std(0, true, true).to(at::kFloat), 1e-6));
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
      Normalizer::fit("per-axis", at::randn({2, 1, 4}), "dataset.output_normalizer");
      QFAIL("an unknown kind was taken");
    } catch (const FieldError& error) {
      QCOMPARE(error.path(), std::string("dataset.output_normalizer"));
    }
    QVERIFY_THROWS_EXCEPTION(FieldError, Normalizer::fit("per-channel", at::randn({1, 2, 1})));
    QVERIFY_THROWS_EXCEPTION(FieldError, Normalizer::fit("per-point", at::randn({1, 2, 8})));
  }
};

QTEST_GUILESS_MAIN(NormalizerTest)
#include "normalizer_test.moc"
