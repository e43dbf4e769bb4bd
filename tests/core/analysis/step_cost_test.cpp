#include "core/analysis/step_cost.h"

#include "core/analysis/roofline.h"
#include "core/analysis/transform_cost.h"
#include "core/error.h"
#include "core/precision/native.h"
#include "core/spectral/dft_matrices.h"

#include <ATen/ATen.h>
#include <QtTest/QtTest>

using namespace halfwave;

namespace {

/// One block on 8 points: 3 kept modes, width 2, hidden channels 4, 1 and 4.
OperatorSpec tiny() {
  OperatorSpec spec;
  spec.modes = {4};
  spec.width = 2;
  spec.layers = 1;
  return spec;
}

Work work_of(const std::vector<PartCost>& costs, StepPart part, bool backward) {
  Work work;
  for (const PartCost& cost : costs)
    if (cost.part == part && cost.backward == backward) work += cost.work;
  return work;
}

/// What one product an axis comes to, from the sizes of the matrices that the engine multiplies with.
double flops_of_matrices(const ModeLayout& layout, std::int64_t batch, std::int64_t channels, bool inverse) {
  using Kind = DftMatrices::Kind;
  DftMatrices matrices;
  double flops = 0.0;
  for (std::size_t axis = 0; axis < layout.axes(); ++axis) {
    const bool last = axis + 1 == layout.axes();
    const Kind kind = inverse ? (last ? Kind::inverse_last : Kind::inverse)
                              : (last ? Kind::transform_last : Kind::transform);
    const at::Tensor matrix = matrices.get(kind, layout, axis, {}, at::Device(at::kCPU)).values;
    double columns = static_cast<double>(batch * channels);
    for (std::size_t i = 0; i < axis; ++i) columns *= static_cast<double>(layout.grid[i]);
    for (std::size_t i = axis + 1; i < layout.axes(); ++i) columns *= static_cast<double>(layout.modes[i]);
    flops += 2.0 * static_cast<double>(matrix.numel()) * columns;
  }
  return flops;
}

}  // namespace

class StepCostTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void one_dimension_by_hand_data() {
    QTest::addColumn<int>("part");
    QTest::addColumn<bool>("backward");
    QTest::addColumn<double>("flops");
    QTest::addColumn<double>("bytes");
    const auto row = [](const char* title, StepPart part, bool backward, double flops, double bytes) {
      QTest::newRow(title) << static_cast<int>(part) << backward << flops << bytes;
    };
    // A product of (r × i) and (i × c) is 2·r·i·c; at 8 points with 2 channels and 3 modes, 4 bytes a value.
    // Two products, two biases and a GELU of 20 a value, 40 backward; of the first product only the weights'
    // gradient is needed.
    row("lifting", StepPart::lifting, false, 128 + 32 + 640 + 128 + 16, 8 * 4 + 16 * 4);
    row("lifting back", StepPart::lifting, true, 2 * 128 + 16 + 1280 + 128 + 32, 8 * 4 + 16 * 4);
    // (6 × 8)(8 × 2); 16 values of the field, 12 of the modes. Backward, another gradient is added.
    row("transform", StepPart::forward_transform, false, 192, 64 + 48);
    row("transform back", StepPart::forward_transform, true, 192 + 16, 48 + 2 * 64);
    // 3 modes of 2 × 2 channels, 8 a complex multiply-add; 24 numbers of weights.
    row("contraction", StepPart::contraction, false, 96, 2 * 48 + 96);
    row("contraction back", StepPart::contraction, true, 2 * 96, 3 * 48 + 2 * 96);
    row("inverse", StepPart::inverse_transform, false, 192, 64 + 48);
    row("inverse back", StepPart::inverse_transform, true, 192, 64 + 48);
    // Bias, linear skip and sum, channel MLP with one hidden channel, gate and sum; no GELU after the last.
    row("pointwise", StepPart::pointwise, false, 16 + (64 + 16) + (32 + 8 + 160 + 32 + 16) + (16 + 16), 192);
    row("pointwise back", StepPart::pointwise, true,
        16 + (16 + 2 * 64) + (2 * 32 + 16 + 320 + 2 * 32 + 8) + (16 + 48), 320);
    row("projection", StepPart::projection, false, 128 + 32 + 640 + 64 + 8, 16 * 4 + 8 * 4);
    row("projection back", StepPart::projection, true, 2 * 64 + 8 + 1280 + 2 * 128 + 32, 2 * 64 + 32);
    row("loss", StepPart::loss, false, 5 * 8, 2 * 32);
    row("loss back", StepPart::loss, true, 2 * 8, 3 * 32);
    // 78 numbers: 22 of the lifting, 24 complex parts and 15 others of the block, 17 of the projection.
    // Weight and first moment in and out, gradient in, second moment in and out, once for each complex
    // number.
    row("optimizer", StepPart::optimizer, false, 12 * 78, 78 * 20 + (54 + 12) * 8);
  }

  void one_dimension_by_hand() {
    QFETCH(int, part);
    QFETCH(bool, backward);
    QFETCH(double, flops);
    QFETCH(double, bytes);
    const auto costs = training_cost(tiny(), {{8}}, make_policy("full", 1));
    const Work work = work_of(costs, static_cast<StepPart>(part), backward);
    QCOMPARE(work.flops(), flops);
    QCOMPARE(work.bytes, bytes);
  }

  void two_dimensions_by_hand() {
    // Grid 4 × 6, kept modes 2 × 3, 3 channels, 2 samples. Last axis: 2·4 products (6 × 6)(6 × 3); other
    // axis: 2 products (4 × 8)(8 × 9).
    const Work dft = transform_work("dft", {4, 6}, {2, 4}, 2, 3);
    QCOMPARE(dft.flops(), 8.0 * 216.0 + 2.0 * 576.0);
    QCOMPARE(dft.bytes, 4.0 * 2 * 3 * (24 + 2 * 6));
    // 24 real transforms of 6 points, 18 complex ones of 4: 5 n log₂ n, half of that for real ones.
    const Work fft = transform_work("fft", {4, 6}, {2, 4}, 2, 3);
    QCOMPARE(fft.flops(), 24.0 * 2.5 * 6.0 * std::log2(6.0) + 18.0 * 5.0 * 4.0 * 2.0);
    QCOMPARE(fft.bytes, dft.bytes);

    OperatorSpec spec = tiny();
    spec.modes = {2, 4};
    spec.width = 3;
    spec.layers = 2;
    const auto costs = training_cost(spec, {{4, 6}, 2, 1, 1}, make_policy("full", 2));
    QCOMPARE(work_of(costs, StepPart::contraction, false).flops(), 2.0 * 8.0 * 2.0 * 9.0 * 6.0);
    QCOMPARE(work_of(costs, StepPart::forward_transform, false).flops(), 2.0 * dft.flops());
    // In the first of two blocks each field passes two GELUs more than in the last.
    spec.layers = 1;
    const auto one = training_cost(spec, {{4, 6}, 2, 1, 1}, make_policy("full", 1));
    QCOMPARE(work_of(costs, StepPart::pointwise, false).flops(),
             2.0 * work_of(one, StepPart::pointwise, false).flops() + 2.0 * 20.0 * 3.0 * 48.0);
  }

  void products_are_those_of_the_matrices_data() {
    QTest::addColumn<QList<int>>("grid");
    QTest::addColumn<QList<int>>("modes");
    QTest::newRow("1D") << QList<int>{32} << QList<int>{12};
    QTest::newRow("2D") << QList<int>{12, 18} << QList<int>{6, 9};
    QTest::newRow("3D") << QList<int>{6, 5, 8} << QList<int>{4, 5, 6};
  }

  void products_are_those_of_the_matrices() {
    QFETCH(QList<int>, grid);
    QFETCH(QList<int>, modes);
    const std::vector<std::int64_t> points(grid.begin(), grid.end());
    const std::vector<int> kept(modes.begin(), modes.end());
    const ModeLayout layout = make_layout(points, kept);
    const double counted = transform_work("dft", points, kept, 3, 5, {Format::fp64}).flops();
    QCOMPARE(counted, flops_of_matrices(layout, 3, 5, false));
    QCOMPARE(counted, flops_of_matrices(layout, 3, 5, true));
  }

  void symmetry_halves_and_quarters_products() {
    // Along 32 points with 8 modes kept of the last axis: cosines (8 × 17) and sines (7 × 15), 32 sums.
    QCOMPARE(transform_work("dft", {32}, {14}, 2, 5).flops(), 2.0 * 5.0 * (2.0 * (8 * 17 + 7 * 15) + 32));
    // Then 16 frequencies of the other axis as pairs: the same twice, of (9 × 17) and (8 × 15), 8 · 5
    // columns.
    const double last = 32.0 * 5.0 * (2.0 * (8 * 17 + 7 * 15) + 32);
    const double other = 40.0 * (2.0 * (2 * 9 * 17 + 2 * 8 * 15) + 2 * 32 + 4 * 8);
    QCOMPARE(transform_work("dft", {32, 32}, {16, 14}, 1, 5).flops(), last + other);
    // In fp64 the whole matrices are multiplied with.
    const Work whole = transform_work("dft", {32}, {14}, 2, 5, {Format::fp64});
    QCOMPARE(whole.flops(), 2.0 * 5.0 * 2.0 * 16 * 32);
  }

  void inference_is_the_forward_half() {
    const Policy policy = make_policy("full", 1);
    const auto inference = inference_cost(tiny(), {{8}}, policy), step = training_cost(tiny(), {{8}}, policy);
    QCOMPARE(inference.size(), std::size_t{6});
    for (const PartCost& cost : inference) {
      QVERIFY(!cost.backward);
      QCOMPARE(cost.work.flops(), work_of(step, cost.part, false).flops());
      // In fp32 what is kept lies in memory anyway.
      QCOMPARE(cost.work.bytes, work_of(step, cost.part, false).bytes);
    }
  }

  void formats_tell_bytes_and_rates() {
    force_emulation(true);
    const auto full = training_cost(tiny(), {{8}}, make_policy("full", 1));
    const auto mixed = training_cost(tiny(), {{8}}, make_policy("mixed", 1));
    const auto kept = inference_cost(tiny(), {{8}}, make_policy("mixed", 1));
    force_emulation(false);
    for (const PartCost& cost : mixed) QVERIFY(cost.format == Format::fp32);
    // Emulated, a field has the bytes of fp32; what is kept has 2, which is written beside and read back.
    const double field = 16.0, forward = work_of(full, StepPart::pointwise, false).bytes;
    QCOMPARE(work_of(kept, StepPart::pointwise, false).bytes, forward);
    QCOMPARE(work_of(mixed, StepPart::pointwise, false).bytes, forward + 2.0 * 2.0 * field);
    QCOMPARE(work_of(mixed, StepPart::pointwise, true).bytes,
             work_of(full, StepPart::pointwise, true).bytes - 2.0 * 2.0 * field);
    if (!cpu_computes(Format::bf16)) QSKIP("this CPU does not multiply in bf16");
    const auto bf16 = training_cost(tiny(), {{8}}, make_policy("bf16", 1));
    const double weights = storage_bytes(make_policy("bf16", 1).layers[1][Stage::weights]);
    QCOMPARE(work_of(bf16, StepPart::contraction, false).bytes, 12.0 * (2 + 2) + 24.0 * weights);
    QCOMPARE(work_of(bf16, StepPart::inverse_transform, false).bytes, 12.0 * 2 + 16.0 * 2);
    for (const PartCost& cost : bf16)
      if (cost.part == StepPart::contraction) QVERIFY(cost.format == Format::bf16);
    for (const StepPart part : {StepPart::contraction, StepPart::pointwise, StepPart::lifting})
      QCOMPARE(work_of(bf16, part, true).flops(), work_of(full, part, true).flops());
  }

  void least_times_are_the_longer_of_both() {
    MachineRates rates;
    rates.products[Format::fp32] = {100.0, 50.0};
    rates.copy_bytes = 10.0;
    const auto times =
        roofline_times({{StepPart::pointwise, false, Format::fp32, {200.0, 100.0, 300.0, 20.0}},
                        {StepPart::optimizer, false, Format::fp32, {0.0, 0.0, 100.0, 90.0}}},
                       rates);
    QCOMPARE(times[0].compute_seconds, 2.0 + 2.0 + 3.0);
    QCOMPARE(times[0].memory_seconds, 2.0);
    QCOMPARE(times[1].seconds(), 9.0);
    QCOMPARE(roofline_seconds(times), 16.0);
    Work work;
    work.add_product(2.0, 3.0, 64.0);
    work.add_product(2.0, 3.0, 65.0);
    QCOMPARE(work.narrow_flops, 768.0);
    QCOMPARE(work.wide_flops, 780.0);
  }

  void rates_of_this_machine_are_positive() {
    const MachineRates rates = measure_rates({Format::fp32, Format::fp16}, 0.001);
    QVERIFY(rates.products.at(Format::fp32).wide > 0.0 && rates.products.at(Format::fp32).narrow > 0.0);
    QVERIFY(rates.copy_bytes > 0.0);
  }

  void what_is_not_counted_is_refused() {
    OperatorSpec spec = tiny();
    spec.engine = "auto";
    QVERIFY_THROWS_EXCEPTION(RequestError, training_cost(spec, {{8}}, make_policy("full", 1)));
    QVERIFY_THROWS_EXCEPTION(RequestError, training_cost(tiny(), {{8}}, make_policy("full", 2)));
    QVERIFY_THROWS_EXCEPTION(RequestError, training_cost(tiny(), {{2}}, make_policy("full", 1)));
  }
};

QTEST_GUILESS_MAIN(StepCostTest)
#include "step_cost_test.moc"
