#include "core/operators/pointwise_kernels.h"

#include "core/precision/round_tensor.h"

#include <ATen/ATen.h>
#include <QtTest/QtTest>

using namespace halfwave;

namespace {

at::Tensor rounded(const at::Tensor& x, Format format) {
  return format == Format::fp32 ? x : rounded_copy(x, format);
}

// More than one chunk and one thread's share, and no multiple of either.
at::Tensor field() {
  return at::randn({5, 1237, 24}) * 3;
}

bool same(const at::Tensor& a, const at::Tensor& b) {
  return at::equal(a.to(at::kFloat), b.to(at::kFloat));
}

}  // namespace

/// One-pass pointwise stages against LibTorch in fp64, and against LibTorch with the roundings apart.
class PointwiseKernelsTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() { at::manual_seed(8); }

  void gelu_is_accurate_on_both_sides() {
    const at::Tensor x = at::linspace(-12.0, 12.0, 240'001, at::kFloat);
    const at::Tensor exact = x.to(at::kDouble) * at::erfc(x.to(at::kDouble) * -std::sqrt(0.5)) * 0.5;
    const at::Tensor y = gelu_kernel(x, Format::fp32).to(at::kDouble);
    // The polynomials' 5e-7, and exp(−x²/2) = 2^(−y), whose y of up to 104 is rounded by half a unit, its
    // factor and, without fused arithmetic, the product.
    const at::Tensor error = (y - exact).abs() / (exact.abs() + 1e-300);
    QVERIFY2(error.max().item<double>() < 134 * 0x1p-24,
             qPrintable(QString::number(error.max().item<double>())));
    const at::Tensor near = x.abs() < 3;
    QVERIFY(error.masked_select(near).max().item<double>() < 30 * 0x1p-24);
  }

  void the_derivative_agrees_with_fp64() {
    const at::Tensor x = at::linspace(-12.0, 12.0, 240'001, at::kFloat);
    const at::Tensor exact = at::gelu_backward(at::ones_like(x).to(at::kDouble), x.to(at::kDouble));
    const at::Tensor y = gelu_backward_kernel(at::ones_like(x), x, Format::fp32).to(at::kDouble);
    // Two terms of either sign, the larger below 1.2: an absolute error. The polynomials' is 3 units.
    QVERIFY((y - exact).abs().max().item<double>() < 8 * 0x1p-24);
  }

  void special_values() {
    const at::Tensor x = at::tensor({0.0f, -0.0f, INFINITY, NAN, 1e30f, -1e30f, 1e-40f});
    const at::Tensor y = gelu_kernel(x, Format::fp32);
    QCOMPARE(y[0].item<float>(), 0.0f);
    QVERIFY(std::signbit(y[1].item<float>()));
    QVERIFY(std::isinf(y[2].item<float>()));
    QVERIFY(std::isnan(y[3].item<float>()));
    QCOMPARE(y[4].item<float>(), 1e30f);
    QVERIFY(std::fabs(y[5].item<float>()) < 1e-3f);
    const at::Tensor overflow = sum_kernel(at::full({4}, 60000.0f), at::full({4}, 60000.0f), Format::fp16);
    QVERIFY(overflow.isposinf().all().item<bool>());
  }

  void sums_and_gates_round_as_apart_data() {
    QTest::addColumn<int>("format");
    for (const Format f : {Format::fp32, Format::tf32, Format::bf16, Format::fp16, Format::fp8_e4m3})
      QTest::newRow(name(f).data()) << static_cast<int>(f);
  }

  void sums_and_gates_round_as_apart() {
    QFETCH(int, format);
    const auto f = static_cast<Format>(format);
    const at::Tensor x = field(), y = field(), w = at::randn({24});
    QVERIFY(same(sum_kernel(x, y, f), rounded(rounded(x, f) + rounded(y, f), f)));
    QVERIFY(same(gate_kernel(x, w, f), rounded(rounded(x, f) * rounded(w, f), f)));
    const at::Tensor gelu = gelu_kernel(x, f);
    QVERIFY(same(gelu, rounded(gelu, f)));
    QVERIFY(same(gelu, rounded(gelu_kernel(rounded(x, f), Format::fp32), f)));
    QVERIFY(same(gelu_backward_kernel(y, x, f),
                 rounded(gelu_backward_kernel(rounded(y, f), rounded(x, f), Format::fp32), f)));
    const at::Tensor gw = gate_weight_gradient(x, y, f);
    const at::Tensor exact =
        (rounded(x, f).to(at::kDouble) * rounded(y, f).to(at::kDouble)).sum(at::IntArrayRef{0, 1});
    // Sums of 85 products in fp32, then fp64: errors far below 1e-5 of the sum of magnitudes.
    const at::Tensor scale = (x * y).abs().to(at::kDouble).sum(at::IntArrayRef{0, 1});
    QVERIFY(((gw.to(at::kDouble) - exact).abs() / scale).max().item<double>() < 1e-6);
  }

  // A field in 16 bits gives what its values in float32 give, whatever format the stage has.
  void fields_in_16_bits_are_values_as_others_data() { sums_and_gates_round_as_apart_data(); }
  void fields_in_16_bits_are_values_as_others() {
    QFETCH(int, format);
    const auto f = static_cast<Format>(format);
    const at::Tensor w = at::randn({24});
    for (const auto type : {at::kHalf, at::kBFloat16}) {
      const at::Tensor x = field().to(type), y = field().to(type);
      const at::Tensor wide_x = x.to(at::kFloat), wide_y = y.to(at::kFloat);
      QVERIFY(kernels_take(x));
      const at::Tensor z = sum_kernel(x, y, f);
      QVERIFY(z.scalar_type() == (facts(f).storage_bits == 16 ? tensor_type(f) : at::kFloat));
      QVERIFY(same(z, sum_kernel(wide_x, wide_y, f)));
      QVERIFY(same(sum_kernel(wide_x, y, f), z));
      QVERIFY(same(gate_kernel(x, w, f), gate_kernel(wide_x, w, f)));
      QVERIFY(same(gelu_kernel(x, f), gelu_kernel(wide_x, f)));
      QVERIFY(same(gelu_backward_kernel(y, x, f), gelu_backward_kernel(wide_y, wide_x, f)));
      QVERIFY(same(gate_weight_gradient(x, y, f), gate_weight_gradient(wide_x, wide_y, f)));
    }
  }

  void the_number_of_threads_changes_nothing() {
    const at::Tensor x = field(), y = field();
    const int threads = at::get_num_threads();
    at::set_num_threads(1);
    const at::Tensor alone = gate_weight_gradient(x, y, Format::fp32);
    at::set_num_threads(3);
    QVERIFY(same(gate_weight_gradient(x, y, Format::fp32), alone));
    at::set_num_threads(threads);
  }

  void what_they_do_not_take() {
    QVERIFY(kernels_take(field()));
    QVERIFY(!kernels_take(field().transpose(0, 1)));
    QVERIFY(!kernels_take(field().to(at::kDouble)));
    QVERIFY(!kernels_take(field().to(at::kFloat8_e5m2)));
    QVERIFY(!kernels_take(at::empty({3, 5000})));
    QVERIFY(!kernels_take(at::empty({0, 4})));
  }
};

QTEST_GUILESS_MAIN(PointwiseKernelsTest)
#include "pointwise_kernels_test.moc"
