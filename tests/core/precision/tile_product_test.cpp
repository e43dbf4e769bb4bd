#include "core/precision/tile_product.h"

#include "core/precision/round_tensor.h"

#include <ATen/ATen.h>
#include <QtTest/QtTest>

using namespace halfwave;

namespace {

const Arithmetic fp32{Format::fp32, true};
const Arithmetic bf16{Format::bf16, true};

bool has_pairs() {
  return tile_kind(bf16) == TileKind::bf16_pairs;
}

// (rows, K) as a left factor of a kind, K even where it is of pairs.
at::Tensor left_factor(const at::Tensor& a, TileKind kind) {
  return kind == TileKind::floats ? a.contiguous() : a.to(at::kBFloat16).contiguous();
}

at::Tensor product(TileKind kind, const at::Tensor& a, const PackedFactor& b, const at::Tensor& bias,
                   float scale, const at::Tensor& begun = {}) {
  const at::Tensor left = left_factor(a, kind);
  at::Tensor c = begun.defined() ? begun.clone() : at::full({a.size(0), b.columns()}, NAN);
  multiply(kind, {left.const_data_ptr(), b.inner(), 1, b.data(), b.columns(), c.mutable_data_ptr<float>(),
                  b.columns(), bias.defined() ? bias.const_data_ptr<float>() : nullptr, scale, a.size(0),
                  b.inner(), b.columns(), begun.defined()});
  return c;
}

}  // namespace

/// Products of tiles and the layout of their factors, against fp64.
class TileProductTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() { at::manual_seed(9); }

  void agrees_with_fp64_data() {
    QTest::addColumn<int>("rows");
    QTest::addColumn<int>("inner");
    QTest::addColumn<int>("columns");
    for (const int columns : {16, 20, 32, 64, 100, 128, 250})
      for (const auto& [rows, inner] :
           {std::pair{1, 2}, std::pair{5, 64}, std::pair{13, 300}, std::pair{31, 128}, std::pair{66, 1030}})
        QTest::addRow("%d x %d x %d", rows, inner, columns) << rows << inner << columns;
  }

  void agrees_with_fp64() {
    QFETCH(int, rows);
    QFETCH(int, inner);
    QFETCH(int, columns);
    for (const Arithmetic arithmetic : {fp32, bf16}) {
      const TileKind kind = tile_kind(arithmetic);
      if (arithmetic.format == Format::bf16 && kind == TileKind::floats) continue;
      const at::Tensor a = at::randn({rows, inner}), b = at::randn({inner, columns});
      const PackedFactor packed(b, arithmetic);
      QCOMPARE(packed.columns(), std::int64_t{(columns + 15) / 16 * 16});
      const at::Tensor bias = at::randn({packed.columns()}), begun = at::randn({rows, packed.columns()});
      const at::Tensor x = rounded_copy(a, arithmetic.format).to(at::kDouble);
      const at::Tensor y = at::constant_pad_nd(rounded_copy(b, arithmetic.format).to(at::kDouble),
                                               {0, packed.columns() - columns});
      // Rounding errors of random sign add up to about the root of their number; the addends come on top.
      const at::Tensor unit = (at::matmul(x.abs(), y.abs()) + 4.0) * 0x1p-24;
      const double allowed = 4.0 + 2.0 * std::sqrt(static_cast<double>(inner));
      const auto error = [&](const at::Tensor& c, const at::Tensor& exact) {
        return ((c.to(at::kDouble) - exact).abs() / unit).max().item<double>();
      };
      const at::Tensor exact = at::matmul(x, y);
      QVERIFY(error(product(kind, a, packed, {}, 1.0F), exact) < allowed);
      QVERIFY(error(product(kind, a, packed, bias, 0.5F), exact * 0.5 + bias) < allowed);
      QVERIFY(error(product(kind, a, packed, bias, -1.0F, begun), begun + bias - exact) < allowed);
    }
  }

  void rows_do_not_depend_on_their_neighbours() {
    for (const Arithmetic arithmetic : {fp32, bf16}) {
      const TileKind kind = tile_kind(arithmetic);
      const at::Tensor a = at::randn({29, 600});
      const PackedFactor b(at::randn({600, 96}), arithmetic);
      const at::Tensor whole = product(kind, a, b, {}, 1.0F);
      for (const auto& [first, last] : {std::pair{0, 7}, std::pair{7, 8}, std::pair{8, 29}})
        QVERIFY(at::equal(product(kind, a.slice(0, first, last), b, {}, 1.0F), whole.slice(0, first, last)));
    }
  }

  void a_left_factor_of_columns_gives_the_same() {
    const at::Tensor a = at::randn({26, 40});
    for (const Arithmetic arithmetic : {fp32, bf16}) {
      const TileKind kind = tile_kind(arithmetic);
      const PackedFactor right(at::randn({40, 48}), arithmetic);
      const PackedFactor left(a.t(), arithmetic);  // (inner, rows)
      at::Tensor c = at::empty({26, 48});
      multiply(kind, {left.data(), 1, left.columns(), right.data(), right.columns(),
                      c.mutable_data_ptr<float>(), 48, nullptr, 1.0F, 26, right.inner(), 48, false});
      const at::Tensor rounded = arithmetic.format == Format::bf16 ? a.to(at::kBFloat16).to(at::kFloat) : a;
      QVERIFY(at::equal(c, product(kind, rounded, right, {}, 1.0F)));
    }
  }

  void pairs_are_rounded_as_library_conversions_do_data() {
    QTest::addColumn<int>("columns");
    for (const int columns : {1, 15, 16, 37, 128}) QTest::addRow("%d", columns) << columns;
  }

  void pairs_are_rounded_as_library_conversions_do() {
    QFETCH(int, columns);
    at::Tensor rows = at::randn({2, columns}) * at::pow(2.0, at::randint(-100, 100, {2, columns}));
    rows[0][0] = INFINITY;
    rows[1][0] = -0.0F;
    if (columns > 14) {
      rows[0][14] = NAN;
      rows[1][13] = 3.4e38F;                               // rounds to infinity
      rows[0][3] = 1.00390625F, rows[1][3] = 1.01171875F;  // ties, to even
      rows[0][5] = std::nextafter(1.00390625F, 2.0F);      // just above one
    }
    const at::Tensor words = rows.to(at::kBFloat16);
    at::Tensor pairs = at::empty({columns}, at::kInt), same = at::empty({columns}, at::kInt);
    const auto* x = rows.const_data_ptr<float>();
    const auto* w = static_cast<const std::uint16_t*>(words.const_data_ptr());
    const auto to = [](at::Tensor& t) { return static_cast<std::uint32_t*>(t.mutable_data_ptr()); };
    pair_rows(x, x + columns, to(pairs), columns);
    pair_rows(w, w + columns, to(same), columns);
    const at::Tensor expected = words.t().contiguous(), got = pairs.view(at::kBFloat16).view({columns, 2});
    QVERIFY(at::equal(same.view(at::kBFloat16).view({columns, 2}).nan_to_num(7.0), expected.nan_to_num(7.0)));
    QVERIFY(at::equal(got.isnan(), expected.isnan()));
    QVERIFY(at::equal(got.nan_to_num(7.0), expected.nan_to_num(7.0)));
    pair_rows(x, nullptr, to(pairs), columns);
    pair_rows(w, nullptr, to(same), columns);
    QVERIFY(!pairs.view(at::kBFloat16).view({columns, 2}).select(1, 1).to(at::kFloat).any().item<bool>());
    QVERIFY(!same.view(at::kBFloat16).view({columns, 2}).select(1, 1).to(at::kFloat).any().item<bool>());
    QVERIFY(at::equal(pairs.view(at::kBFloat16).view({columns, 2}).select(1, 0).nan_to_num(7.0),
                      words[0].nan_to_num(7.0)));
  }

  void columns_are_laid_out_as_rows() {
    for (const auto& [rows, columns] :
         {std::pair{1, 1}, std::pair{7, 16}, std::pair{64, 33}, std::pair{37, 50}}) {
      const at::Tensor from = at::randn({columns, rows + 3}),
                       width_more = at::full({rows, columns + 5}, 3.0F);
      at::Tensor floats = width_more.clone();
      float_columns(from.const_data_ptr<float>(), rows + 3, rows, columns, floats.mutable_data_ptr<float>(),
                    columns + 5);
      QVERIFY(at::equal(floats.slice(1, 0, columns), from.slice(1, 0, rows).t()));
      QVERIFY(floats.slice(1, columns).eq(3.0).all().item<bool>());
      const at::Tensor words = from.to(at::kBFloat16),
                       filled = at::constant_pad_nd(words.slice(1, 0, rows), {0, rows % 2});
      const at::Tensor expected = filled.view({columns, -1, 2}).transpose(0, 1);
      for (const bool wide : {false, true}) {
        at::Tensor pairs = at::full({(rows + 1) / 2, columns + 5}, 3, at::kInt);
        auto* to = static_cast<std::uint32_t*>(pairs.mutable_data_ptr());
        if (wide)
          pair_columns(from.const_data_ptr<float>(), rows + 3, rows, columns, to, columns + 5);
        else
          pair_columns(static_cast<const std::uint16_t*>(words.const_data_ptr()), rows + 3, rows, columns, to,
                       columns + 5);
        QVERIFY(at::equal(pairs.slice(1, 0, columns).contiguous().view(at::kBFloat16).view({-1, columns, 2}),
                          expected));
        QVERIFY(pairs.slice(1, columns).eq(3).all().item<bool>());
      }
    }
  }

  void an_odd_inner_size_is_filled_with_zero() {
    if (!has_pairs()) QSKIP("this processor has no product of bf16 pairs");
    const at::Tensor b = at::ones({5, 16});
    const PackedFactor packed(b, bf16);
    QCOMPARE(packed.inner(), std::int64_t{3});
    const at::Tensor c = product(packed.kind(), at::ones({2, 6}), packed, {}, 1.0F);
    QVERIFY(c.eq(5.0).all().item<bool>());
  }

  void values_of_emulated_formats_are_rounded() {
    const at::Tensor b = at::randn({7, 24}).t();
    for (const Format format : {Format::fp16, Format::tf32, Format::fp8_e4m3}) {
      const PackedFactor packed(b, {format, false});
      QVERIFY(packed.kind() == TileKind::floats);
      const at::Tensor c = product(packed.kind(), at::eye(24), packed, {}, 1.0F);
      QVERIFY(at::equal(c.slice(1, 0, 7), rounded_copy(b, format)));
      QVERIFY(!c.slice(1, 7).any().item<bool>());
    }
    QVERIFY_THROWS_EXCEPTION(std::exception, PackedFactor(b, Arithmetic{Format::fp64, true}));
  }
};

QTEST_GUILESS_MAIN(TileProductTest)
#include "tile_product_test.moc"
