#include "core/precision/narrow_product.h"

#include "core/precision/product.h"
#include "core/precision/round_tensor.h"
#include "core/precision/tile_product.h"

#include <ATen/ATen.h>
#include <QtTest/QtTest>

using namespace halfwave;

namespace {

Format format_of(int value) {
  return static_cast<Format>(value);
}

/// The product in fp64 of the rounded factors, and what its sum may lose in fp32.
struct Exact {
  at::Tensor value, magnitude;
};

Exact exact_product(const at::Tensor& a, const at::Tensor& b, const at::Tensor& bias, double scale,
                    Format f) {
  const at::Tensor left = rounded_copy(a, f).to(at::kDouble), right = rounded_copy(b, f).to(at::kDouble);
  at::Tensor value = at::matmul(left, right) * scale;
  at::Tensor magnitude = at::matmul(left.abs(), right.abs()) * scale;
  if (bias.defined()) {
    const at::Tensor addend = rounded_copy(bias, f).to(at::kDouble);
    value = value + addend;
    magnitude = magnitude + addend.abs();
  }
  return {value, magnitude};
}

// One rounding to the format, and for each term of the sum at most one of fp32.
bool is_product(const at::Tensor& c, const Exact& exact, Format f, std::int64_t terms) {
  const at::Tensor error = (c.to(at::kDouble) - exact.value).abs();
  const at::Tensor bound = exact.value.abs() * facts(f).unit_roundoff +
                           exact.magnitude * (static_cast<double>(terms + 2) * 0x1p-24) +
                           facts(f).min_subnormal;
  return (error <= bound).all().item<bool>();
}

}  // namespace

/// Products of 16-bit factors by fp32 arithmetic.
class NarrowProductTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() { at::manual_seed(4); }

  void products_of_every_shape_data() {
    QTest::addColumn<int>("format");
    QTest::newRow("fp16") << static_cast<int>(Format::fp16);
    QTest::newRow("bf16") << static_cast<int>(Format::bf16);
    QTest::newRow("native bf16") << static_cast<int>(Format::bf16);
  }

  void products_of_every_shape() {
    QFETCH(int, format);
    const Format f = format_of(format);
    if (!takes_narrow_product(at::ones({1, 1}), at::ones({1, 1}), f)) QSKIP("needs AVX2");
    const Arithmetic arithmetic{f, QByteArray(QTest::currentDataTag()).startsWith("native")};
    if (arithmetic.native && tile_kind(arithmetic) == TileKind::floats) QSKIP("needs AVX-512 BF16");
    struct Case {
      std::int64_t batch, rows, inner, columns;
    };
    // Of one column, of columns that fill no vector, of more than a strip, of more rows than a block, and
    // sums that threads share.
    const Case cases[] = {{0, 7, 5, 3},      {0, 700, 33, 20}, {0, 1000, 64, 1}, {0, 17, 5000, 19},
                          {0, 3, 9000, 130}, {3, 5, 9, 7},     {4, 40, 30, 130}, {2, 500, 17, 64},
                          {0, 30, 700, 128}, {2, 9, 1030, 80}, {5, 128, 8, 64}};
    for (const Case& s : cases)
      for (const bool shared : {false, true})
        for (const bool transposed : {false, true})
          for (const bool wide : {false, true}) {
            if (shared && s.batch == 0) continue;
            const bool one_left = s.batch == 0 || shared;
            at::Tensor a = one_left ? at::randn({s.rows, s.inner}) : at::randn({s.batch, s.rows, s.inner});
            at::Tensor b =
                s.batch == 0 ? at::randn({s.inner, s.columns}) : at::randn({s.batch, s.inner, s.columns});
            if (!wide) a = a.to(tensor_type(f)), b = b.to(tensor_type(f));
            if (transposed) {
              a = a.transpose(-1, -2).contiguous().transpose(-1, -2);
              b = b.transpose(-1, -2).contiguous().transpose(-1, -2);
            }
            QVERIFY(takes_narrow_product(a, b, f));
            const at::Tensor bias = at::randn({s.columns});
            const at::Tensor plain = narrow_product(a, b, {}, 1.0, arithmetic);
            QVERIFY(plain.scalar_type() == tensor_type(f));
            QVERIFY(is_product(plain, exact_product(a, b, {}, 1.0, f), f, s.inner));
            const at::Tensor with_bias = narrow_product(a, b, bias, 0.25, arithmetic);
            QVERIFY(is_product(with_bias, exact_product(a, b, bias, 0.25, f), f, s.inner));
            const at::Tensor of_floats = narrow_product(a, b, bias, 0.25, arithmetic, true);
            QVERIFY(at::equal(of_floats, with_bias.to(at::kFloat)));
          }
  }

  void parts_of_tensors_are_read_where_they_lie() {
    if (!takes_narrow_product(at::ones({1, 1}), at::ones({1, 1}), Format::fp16)) QSKIP("needs AVX2");
    const at::Tensor a = at::randn({20, 40}).to(at::kHalf).narrow(1, 3, 21);
    const at::Tensor b = at::randn({40, 50}).to(at::kHalf).narrow(0, 2, 21).narrow(1, 1, 33);
    QVERIFY(is_product(narrow_product(a, b, {}, 1.0, Format::fp16),
                       exact_product(a, b, {}, 1.0, Format::fp16), Format::fp16, 21));
  }

  void rows_may_come_in_parts_and_results_be_wide() {
    if (!takes_narrow_product(at::ones({1, 1}), at::ones({1, 1}), Format::fp16)) QSKIP("needs AVX2");
    const at::Tensor a = at::randn({3, 5, 14}), parts = at::randn({3, 2, 7, 70});
    const at::Tensor product = narrow_product(a, parts.view({3, 14, 70}), {}, 1.0, Format::fp16);
    QVERIFY(at::equal(narrow_product(a, parts, {}, 1.0, Format::fp16), product));
    const at::Tensor transposed = parts.transpose(2, 3).contiguous().transpose(2, 3);
    QVERIFY(at::equal(narrow_product(a, transposed, {}, 1.0, Format::fp16), product));
    const at::Tensor wide = narrow_product(a, transposed, {}, 1.0, Format::fp16, true);
    QVERIFY(wide.scalar_type() == at::kFloat && at::equal(wide, product.to(at::kFloat)));
    // By pairs as well, where there are such; a part of 7 rows is no whole number of pairs, one of 6 is.
    const Arithmetic bf16{Format::bf16, true};
    for (const std::int64_t rows : {7, 6}) {
      const at::Tensor left = a.narrow(2, 0, 2 * rows), some = parts.narrow(2, 0, rows),
                       same = transposed.narrow(2, 0, rows);
      const at::Tensor flat = narrow_product(left, some.reshape({3, 2 * rows, 70}), {}, 1.0, bf16);
      QVERIFY(at::equal(narrow_product(left, some, {}, 1.0, bf16), flat));
      QVERIFY(at::equal(narrow_product(left, same, {}, 1.0, bf16), flat));
    }
  }

  void overflow_is_infinite_and_nan_stays() {
    if (!takes_narrow_product(at::ones({1, 1}), at::ones({1, 1}), Format::fp16)) QSKIP("needs AVX2");
    const at::Tensor a = at::full({4, 3}, 300.0F).to(at::kHalf), b = at::full({3, 5}, 300.0F).to(at::kHalf);
    QVERIFY(narrow_product(a, b, {}, 1.0, Format::fp16).isposinf().all().item<bool>());
    // The sum itself is far from overflow in fp32, so that a scale may bring it back.
    QVERIFY(narrow_product(a, b, {}, 0.125, Format::fp16).eq(33750.0).all().item<bool>());
    QVERIFY(narrow_product(a, b * NAN, {}, 1.0, Format::fp16).isnan().all().item<bool>());
  }

  void emulated_and_native_products_agree() {
    const Arithmetic native = Arithmetic::of(Format::bf16, at::kCPU);
    if (!native.native) QSKIP("this processor does not compute in bf16");
    const Arithmetic emulated{Format::bf16, false};
    const at::Tensor a = at::randn({50, 64}), b = at::randn({64, 48});
    const at::Tensor x = as_operand(a, native), y = as_operand(b, native);
    const at::Tensor first = matrix_product(x, y, native), second = matrix_product(x, y, emulated);
    QVERIFY(first.scalar_type() == second.scalar_type());
    // Sums in another order may fall on the other side of a rounding: one unit in the last place.
    QVERIFY(((first - second).to(at::kFloat).abs() <= first.to(at::kFloat).abs() * 0x1p-7 + 1e-5F)
                .all()
                .item<bool>());
  }
};

QTEST_GUILESS_MAIN(NarrowProductTest)
#include "narrow_product_test.moc"
