#include "core/spectral/engine.h"

#include "core/error.h"
#include "core/precision/native.h"
#include "core/precision/round_tensor.h"

#include <ATen/ATen.h>
#include <QtTest/QtTest>

using namespace halfwave;

namespace {

constexpr Arithmetic exact{Format::fp64, true};
constexpr Arithmetic half{Format::fp16, false};

struct Shape {
  std::vector<std::int64_t> grid;
  std::vector<int> modes;
};

const std::vector<Shape> shapes = {
    {{32}, {8}},           {{27}, {27}},         {{16, 16}, {8, 8}}, {{24, 20}, {8, 6}},
    {{17, 33}, {9, 32}},   {{16, 16}, {16, 16}}, {{13, 7}, {13, 7}}, {{8, 12, 10}, {4, 6, 4}},
    {{5, 7, 9}, {5, 7, 9}}};

at::Tensor random(std::vector<std::int64_t> shape) {
  return at::randn(shape, at::kDouble);
}

std::vector<std::int64_t> field_shape(const ModeLayout& layout, std::int64_t batch, std::int64_t channels) {
  std::vector<std::int64_t> shape{batch};
  shape.insert(shape.end(), layout.grid.begin(), layout.grid.end());
  shape.push_back(channels);
  return shape;
}

std::vector<std::int64_t> mode_shape(const ModeLayout& layout, std::int64_t batch, std::int64_t channels) {
  std::vector<std::int64_t> shape{batch, 2};
  shape.insert(shape.end(), layout.modes.begin(), layout.modes.end());
  shape.push_back(channels);
  return shape;
}

double distance(const at::Tensor& a, const at::Tensor& b) {
  return ((a - b).abs().max() / b.abs().max()).item<double>();
}

double inner_product(const at::Tensor& a, const at::Tensor& b) {
  return (a * b).sum().item<double>();
}

}  // namespace

class EngineTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() { at::manual_seed(3); }

  void engines_agree_in_fp64() {
    const auto fft = make_engine("fft"), dft = make_engine("dft");
    for (const auto& [grid, modes] : shapes) {
      const ModeLayout layout = make_layout(grid, modes);
      const at::Tensor v = random(field_shape(layout, 2, 3));
      const at::Tensor z = random(mode_shape(layout, 2, 3));
      // Two exact algorithms for the same sums of at most some hundred terms.
      QVERIFY(distance(dft->transform(v, layout, exact), fft->transform(v, layout, exact)) < 1e-10);
      QVERIFY(distance(dft->inverse(z, layout, exact), fft->inverse(z, layout, exact)) < 1e-10);
      QVERIFY(distance(dft->transform_adjoint(z, layout, exact), fft->transform_adjoint(z, layout, exact)) <
              1e-10);
      QVERIFY(distance(dft->inverse_adjoint(v, layout, exact), fft->inverse_adjoint(v, layout, exact)) <
              1e-10);
    }
  }

  void adjoints_satisfy_their_definition() {
    for (const char* name : {"fft", "dft"}) {
      const auto engine = make_engine(name);
      for (const auto& [grid, modes] : shapes) {
        const ModeLayout layout = make_layout(grid, modes);
        const at::Tensor v = random(field_shape(layout, 1, 2));
        const at::Tensor z = random(mode_shape(layout, 1, 2));
        const double a = inner_product(engine->transform(v, layout, exact), z);
        const double b = inner_product(v, engine->transform_adjoint(z, layout, exact));
        QVERIFY(std::fabs(a - b) < 1e-11 * (1 + std::fabs(a)));
        const double c = inner_product(engine->inverse(z, layout, exact), v);
        const double d = inner_product(z, engine->inverse_adjoint(v, layout, exact));
        QVERIFY(std::fabs(c - d) < 1e-11 * (1 + std::fabs(c)));
      }
    }
  }

  // In fp32 and emulated formats the dft adds mirrored points and modes before it multiplies. All parities,
  // few and many modes, all of them, and sizes beyond one block.
  void mirrored_sums_give_the_same_transforms() {
    const std::vector<Shape> many = {
        {{64}, {32}},         {{63}, {31}},         {{32}, {32}},          {{33}, {33}},
        {{600}, {40}},        {{1}, {1}},           {{2, 2}, {2, 2}},      {{32, 40}, {32, 20}},
        {{33, 41}, {33, 41}}, {{40, 33}, {20, 32}}, {{31, 30}, {17, 30}},  {{40, 32}, {19, 32}},
        {{24, 24}, {4, 24}},  {{24, 24}, {24, 4}},  {{300, 20}, {18, 18}}, {{20, 18, 22}, {16, 15, 20}}};
    const auto dft = make_engine("dft");
    for (const auto& [grid, modes] : many)
      for (const std::int64_t channels : {1, 16, 70})
        for (const Format format : {Format::fp32, Format::fp16}) {
          const ModeLayout layout = make_layout(grid, modes);
          const Arithmetic arithmetic{format, format == Format::fp32};
          const auto axes = static_cast<double>(layout.axes());
          const at::Tensor v =
              as_operand(random(field_shape(layout, 2, channels)).to(at::kFloat), arithmetic);
          const at::Tensor z = as_operand(random(mode_shape(layout, 2, channels)).to(at::kFloat), arithmetic);
          const at::Tensor wide_v = v.to(at::kDouble), wide_z = z.to(at::kDouble);
          // Each pass rounds its matrix and its result, independently for every value, and an fp32 sum of n
          // terms adds some roundings more; relative to the norm that is about √2 units a pass, never four.
          const double unit = format == Format::fp32 ? 0x1p-24 * 16 : 0x1p-11;
          const auto near = [&](const at::Tensor& got, const at::Tensor& expected) {
            const double error = ((got.to(at::kDouble) - expected).norm() / expected.norm()).item<double>();
            if (!(error < 4 * axes * unit)) qWarning("%g of %g", error, unit);
            return error < 4 * axes * unit;
          };
          QVERIFY(near(dft->transform(v, layout, arithmetic), dft->transform(wide_v, layout, exact)));
          QVERIFY(near(dft->inverse(z, layout, arithmetic), dft->inverse(wide_z, layout, exact)));
          const at::Tensor back = dft->transform_adjoint(z, layout, arithmetic);
          QVERIFY(near(back, dft->transform_adjoint(wide_z, layout, exact)));
          const at::Tensor across = dft->inverse_adjoint(v, layout, arithmetic);
          QVERIFY(near(across, dft->inverse_adjoint(wide_v, layout, exact)));
          if (format != Format::fp32) continue;
          // <Ax, y> = <x, Aᵀy>, up to fp32 rounding of the larger of the norms.
          const double a = inner_product(dft->transform(v, layout, arithmetic).to(at::kDouble), wide_z);
          const double b = inner_product(wide_v, back.to(at::kDouble));
          QVERIFY(std::fabs(a - b) <= 0x1p-18 * (wide_v.norm() * back.norm()).item<double>());
          const double c = inner_product(dft->inverse(z, layout, arithmetic).to(at::kDouble), wide_v);
          const double d = inner_product(wide_z, across.to(at::kDouble));
          QVERIFY(std::fabs(c - d) <= 0x1p-18 * (wide_z.norm() * across.norm()).item<double>());
        }
  }

  void a_plane_wave_has_one_mode() {
    // cos(2π(3x/16 − 2y/12) + 0.4) has ẑ(3, −2)… : of the pair ±(3, −2) the kept one has last frequency ≥ 0,
    // that is (−3, 2) with coefficient e^(−0.4i)/2.
    const ModeLayout layout = make_layout({16, 12}, {8, 6});
    at::Tensor v = at::empty({1, 16, 12, 1}, at::kDouble);
    auto a = v.accessor<double, 4>();
    for (int x = 0; x < 16; ++x)
      for (int y = 0; y < 12; ++y) a[0][x][y][0] = std::cos(2 * M_PI * (3 * x / 16.0 - 2 * y / 12.0) + 0.4);
    at::Tensor expected = at::zeros({1, 2, 8, 4, 1}, at::kDouble);
    expected[0][0][4 - 3][2][0] = 0.5 * std::cos(0.4);
    expected[0][1][4 - 3][2][0] = -0.5 * std::sin(0.4);
    for (const char* name : {"fft", "dft"}) {
      const auto engine = make_engine(name);
      const at::Tensor z = engine->transform(v, layout, exact);
      QVERIFY((z - expected).abs().max().item<double>() < 1e-14);
      QVERIFY((engine->inverse(z, layout, exact) - v).abs().max().item<double>() < 1e-14);
    }
  }

  void in_half_precision_the_fft_overflows_and_the_dft_does_not() {
    // The unnormalised sum of 256² twos is 131072, beyond fp16's 65504; the mean is 2.
    const ModeLayout layout = make_layout({256, 256}, {8, 8});
    const at::Tensor v = at::full({1, 256, 256, 1}, 2.0f);
    const at::Tensor by_fft = make_engine("fft")->transform(v, layout, half);
    QVERIFY(!at::isfinite(by_fft).all().item<bool>());
    const at::Tensor by_dft = make_engine("dft")->transform(v, layout, half);
    QVERIFY(at::isfinite(by_dft).all().item<bool>());
    QCOMPARE(by_dft[0][0][4][0][0].item<float>(), 2.0f);
    const at::Tensor by_fft_bf16 = make_engine("fft")->transform(v, layout, {Format::bf16, false});
    QCOMPARE(by_fft_bf16[0][0][4][0][0].item<float>(), 2.0f);
    // 64² twos sum to 8192: in range.
    const ModeLayout small = make_layout({64, 64}, {8, 8});
    const at::Tensor in_range = make_engine("fft")->transform(at::full({1, 64, 64, 1}, 2.0f), small, half);
    QCOMPARE(in_range[0][0][4][0][0].item<float>(), 2.0f);
  }

  void half_precision_dft_is_rounded_value_by_value() {
    // One axis: operands rounded to fp16, products summed, the sum rounded once. The reference sums in
    // double; the fp32 accumulation of 31 terms can move the sum by 31 · 2⁻²⁴ of the sum of magnitudes before
    // it is rounded.
    const std::int64_t n = 31;
    const ModeLayout layout = make_layout({n}, {20});
    const at::Tensor v = at::randn({1, n, 1});
    const at::Tensor z = make_engine("dft")->transform(v, layout, half);
    QVERIFY(z.scalar_type() == at::kHalf);
    const auto round = [](double x) {
      return static_cast<double>(static_cast<float>(at::Half(static_cast<float>(x))));
    };
    int exact_matches = 0;
    for (std::int64_t k = 0; k < layout.modes[0]; ++k)
      for (int part = 0; part < 2; ++part) {
        double sum = 0, magnitude = 0;
        for (std::int64_t x = 0; x < n; ++x) {
          const double angle = 2 * M_PI * static_cast<double>(k * x % n) / static_cast<double>(n);
          const double factor =
              round((part == 0 ? std::cos(angle) : -std::sin(angle)) / static_cast<double>(n));
          const double term = factor * round(v[0][x][0].item<float>());
          sum += term;
          magnitude += std::fabs(term);
        }
        const double got = z[0][part][k][0].item<float>();
        const double slack = 31 * 0x1p-24 * magnitude;
        QVERIFY(got == round(sum - slack) || got == round(sum + slack) || got == round(sum));
        exact_matches += got == round(sum);
      }
    QVERIFY(exact_matches >= 20);
  }

  void errors_in_half_precision_are_of_the_size_of_its_unit_roundoff() {
    const ModeLayout layout = make_layout({64, 64}, {32, 32});
    const at::Tensor v = at::randn({2, 64, 64, 4});
    for (const char* name : {"fft", "dft"}) {
      const auto engine = make_engine(name);
      const at::Tensor z = engine->transform(v.to(at::kDouble), layout, exact);
      const double relative = ((engine->transform(v, layout, half) - z).norm() / z.norm()).item<double>();
      // Four roundings (operand, two passes, scale), each at most 2⁻¹¹: between a quarter of one and four.
      QVERIFY2(relative > 1e-4 && relative < 4 * 0x1p-11, qPrintable(QString::number(relative)));
    }
  }

  void native_and_emulated_bf16_agree() {
    if (!cpu_computes(Format::bf16)) QSKIP("This processor has no bf16 arithmetic.");
    const ModeLayout layout = make_layout({24, 20}, {12, 10});
    const at::Tensor v = at::randn({2, 24, 20, 8});
    const auto engine = make_engine("dft");
    const at::Tensor native = engine->transform(v, layout, {Format::bf16, true});
    QCOMPARE(native.scalar_type(), at::kBFloat16);
    const at::Tensor emulated = engine->transform(v, layout, {Format::bf16, false});
    // Accumulation order may turn a rounding over, in either pass: a few units of 2⁻⁸ of the largest value.
    QVERIFY(emulated.scalar_type() == at::kBFloat16);
    QVERIFY(distance(native.to(at::kFloat), emulated.to(at::kFloat)) < 3 * 0x1p-8);
  }

  void modes_beyond_the_grid_are_refused() {
    try {
      make_layout({16, 16}, {8, 20});
      QFAIL("accepted");
    } catch (const RequestError& error) {
      QCOMPARE(QString(error.what()),
               QString("operator.modes[1]: 20 is more than 16, the most a 16-point axis carries"));
    }
    QVERIFY_EXCEPTION_THROWN(make_layout({16}, {8, 8}), RequestError);
    QVERIFY_EXCEPTION_THROWN(make_engine("fast"), RequestError);
  }
};

QTEST_GUILESS_MAIN(EngineTest)
#include "engine_test.moc"
