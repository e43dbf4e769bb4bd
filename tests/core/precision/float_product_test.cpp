#include "core/precision/product.h"

#include <ATen/ATen.h>
#include <QtTest/QtTest>

using namespace halfwave;

namespace {

const Arithmetic fp32{Format::fp32, true, false};

// The largest difference from fp64 over the largest that rounding can make: |a|·|b| times a unit roundoff.
double error_of(const at::Tensor& a, const at::Tensor& b, const at::Tensor& bias, double scale) {
  const at::Tensor c = matrix_product(a, b, fp32, bias, scale);
  const at::Tensor whole = b.dim() == 4 ? b.flatten(1, 2) : b;
  at::Tensor exact = at::matmul(a.to(at::kDouble), whole.to(at::kDouble)) * scale;
  at::Tensor bound = at::matmul(a.abs().to(at::kDouble), whole.abs().to(at::kDouble)) * std::fabs(scale);
  if (bias.defined()) {
    exact = exact + bias.to(at::kDouble);
    bound = bound + bias.abs().to(at::kDouble);
  }
  if (!c.sizes().equals(exact.sizes())) return INFINITY;
  return ((c.to(at::kDouble) - exact).abs() / (bound * 0x1p-24 + 1e-300)).max().item<double>();
}

}  // namespace

/// Products in fp32 against fp64, in the shapes that layers and transforms have.
class FloatProductTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() { at::manual_seed(4); }

  void agrees_with_fp64_data() {
    QTest::addColumn<int>("rows");
    QTest::addColumn<int>("inner");
    QTest::addColumn<int>("columns");
    for (const int columns : {16, 32, 48, 64, 80, 112, 128, 144, 528})
      for (const auto& [rows, inner] :
           {std::pair{1, 1}, std::pair{5, 3}, std::pair{13, 64}, std::pair{34, 128}, std::pair{66, 257},
            std::pair{390, 70}, std::pair{801, 5}})
        QTest::addRow("%d x %d x %d", rows, inner, columns) << rows << inner << columns;
    for (const auto& [rows, columns] :
         {std::pair{1, 128}, std::pair{64, 64}, std::pair{33, 16}, std::pair{400, 80}})
      QTest::addRow("a long sum: %d x 9001 x %d", rows, columns) << rows << 9001 << columns;
    for (const int columns : {1, 3, 24, 65}) QTest::addRow("library: %d", columns) << 40 << 30 << columns;
  }

  void agrees_with_fp64() {
    QFETCH(int, rows);
    QFETCH(int, inner);
    QFETCH(int, columns);
    // The classical bound is `inner` units; rounding errors of random sign add up to about its root.
    const double allowed = 4.0 + 2.0 * std::sqrt(static_cast<double>(inner));
    const at::Tensor a = at::randn({rows, inner}), b = at::randn({inner, columns}),
                     bias = at::randn({columns});
    const at::Tensor a_t = at::randn({inner, rows}).t(), b_t = at::randn({columns, inner}).t();
    QVERIFY(error_of(a, b, {}, 1.0) < allowed);
    QVERIFY(error_of(a, b, bias, 0.25) < allowed);
    QVERIFY(error_of(a_t, b, {}, -3.0) < allowed);
    QVERIFY(error_of(a, b_t, bias, 1.0) < allowed);
    if (inner > 1000) return;
    const at::Tensor batch = at::randn({3, inner, columns}), left = at::randn({3, rows, inner});
    QVERIFY(error_of(a, batch, {}, 1.0) < allowed);
    QVERIFY(error_of(a_t, batch, {}, 1.0) < allowed);
    QVERIFY(error_of(left, batch, bias, 2.0) < allowed);
    QVERIFY(error_of(at::randn({3, inner, rows}).transpose(1, 2), batch, {}, 1.0) < allowed);
    const at::Tensor part = at::randn({3, inner, 2 * columns}).slice(2, 1, columns + 1);
    QVERIFY(error_of(left, part, {}, 1.0) < allowed);
    const at::Tensor transposed = at::randn({3, columns, inner}).transpose(1, 2);
    QVERIFY(error_of(left, transposed, bias, 1.0) < allowed);
  }

  void rows_may_come_in_parts() {
    for (const int rows : {3, 30})
      for (const int columns : {20, 32, 80})
        for (const int inner : {7, 150}) {
          const at::Tensor a = at::randn({4, rows, 2 * inner}), whole = at::randn({4, 2 * inner, columns});
          const at::Tensor parts = whole.view({4, 2, inner, columns});
          const at::Tensor transposed = parts.transpose(2, 3).contiguous().transpose(2, 3);
          const double allowed = 4.0 + 2.0 * std::sqrt(2.0 * inner);  // as above
          QVERIFY(error_of(a, parts, {}, 1.0) < allowed);
          QVERIFY(error_of(a, transposed, {}, 1.0) < allowed);
          QVERIFY(at::equal(matrix_product(a, parts, {Format::fp16, false, true}),
                            matrix_product(a, whole, {Format::fp16, false, true})));
        }
  }

  void infinities_and_nans_go_through() {
    const at::Tensor b = at::ones({4, 16});
    const at::Tensor a = at::tensor({1.0f, INFINITY, 2.0f, 3.0f, 0.0f, NAN, 1.0f, 1.0f}).view({2, 4});
    const at::Tensor c = matrix_product(a, b, fp32);
    QVERIFY(c[0].isposinf().all().item<bool>());
    QVERIFY(c[1].isnan().all().item<bool>());
  }

  void an_empty_sum_is_the_bias() {
    const at::Tensor bias = at::randn({32});
    const at::Tensor c = matrix_product(at::empty({7, 0}), at::empty({0, 32}), fp32, bias);
    QVERIFY(at::equal(c, bias.expand({7, 32})));
    QCOMPARE(matrix_product(at::empty({0, 5}), at::empty({5, 32}), fp32).numel(), std::int64_t{0});
  }
};

QTEST_GUILESS_MAIN(FloatProductTest)
#include "float_product_test.moc"
