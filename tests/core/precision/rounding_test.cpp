#include "core/precision/rounding.h"

#include "core/precision/round_tensor.h"

#include <ATen/ATen.h>
#include <QtTest/QtTest>

#include <bit>
#include <random>
#include <vector>

using namespace halfwave;

namespace {

/// Every non-negative finite value of a format, by code, decoded with integers alone: code = exponent · 2^p +
/// mantissa.
std::vector<double> values_by_code(const FormatFacts& f) {
  const int p = f.mantissa_bits;
  const int bias = 1 - f.min_exponent;
  std::vector<double> values;
  for (std::int64_t code = 0;; ++code) {
    const std::int64_t exponent = code >> p;
    const std::int64_t mantissa = code & ((std::int64_t{1} << p) - 1);
    const std::int64_t significand = exponent == 0 ? mantissa : mantissa | (std::int64_t{1} << p);
    const int power = static_cast<int>((exponent == 0 ? 1 : exponent) - bias - p);
    const double value = std::ldexp(static_cast<double>(significand), power);
    if (value > f.max_finite) return values;
    values.push_back(value);
  }
}

/// Rounds by searching the table of values: the nearer neighbour, on a tie the one with the even code.
double round_by_search(double x, const std::vector<double>& values, const FormatFacts& f) {
  const double magnitude = std::fabs(x);
  const double largest = values.back();
  const double step = largest - values[values.size() - 2];
  double result;
  if (magnitude >= largest) {
    // Beyond the largest value the next one would lie one step away; its half-way point rounds up in formats
    // whose largest code is odd, which is every format that has infinities.
    const double half_way = largest + step / 2;
    const bool over = (values.size() - 1) % 2 == 1 ? magnitude >= half_way : magnitude > half_way;
    result = !over ? largest : f.saturates ? largest : INFINITY;
  } else {
    const auto above =
        static_cast<std::size_t>(std::upper_bound(values.begin(), values.end(), magnitude) - values.begin());
    const std::size_t below = above - 1;
    const double to_below = magnitude - values[below], to_above = values[above] - magnitude;
    const bool up = to_above < to_below || (to_above == to_below && above % 2 == 0);
    result = values[up ? above : below];
  }
  return std::copysign(result, x);
}

bool same(float a, float b) {
  return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b);
}

}  // namespace

/// Rounding against an independent reference: a table of all values and a search in it.
class RoundingTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void every_value_and_midpoint_data() {
    QTest::addColumn<int>("format");
    for (const Format f : {Format::bf16, Format::fp16, Format::fp8_e4m3, Format::fp8_e5m2})
      QTest::newRow(std::string(name(f)).c_str()) << static_cast<int>(f);
  }

  void every_value_and_midpoint() {
    QFETCH(int, format);
    const FormatFacts& f = facts(static_cast<Format>(format));
    const auto round = RoundToFormat::of(f);
    const auto values = values_by_code(f);
    QCOMPARE(values.back(), f.max_finite);
    QCOMPARE(values[1], f.min_subnormal);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto value = static_cast<float>(values[i]);
      const double next = i + 1 < values.size() ? values[i + 1] : 2 * values[i] - values[i - 1];
      // Midpoints have one mantissa bit more than the format and are exact in fp32, except below fp32's own
      // subnormals.
      const auto middle = static_cast<float>((values[i] + next) / 2);
      for (const float x : {value, middle, std::nextafter(middle, 0.0f), std::nextafter(middle, INFINITY)})
        for (const float signed_x : {x, -x}) {
          const auto expected = static_cast<float>(round_by_search(signed_x, values, f));
          if (!same(round(signed_x), expected))
            QFAIL(qPrintable(QString("%1 rounds to %2, expected %3")
                                 .arg(signed_x, 0, 'g', 17)
                                 .arg(round(signed_x))
                                 .arg(expected)));
        }
    }
    QVERIFY(same(round(0.0f), 0.0f));
    QVERIFY(same(round(-0.0f), -0.0f));
    QVERIFY(std::isnan(round(NAN)));
    const float beyond = f.saturates ? static_cast<float>(f.max_finite) : INFINITY;
    QCOMPARE(round(INFINITY), beyond);
    QCOMPARE(round(-INFINITY), -beyond);
    QCOMPARE(round(3.4e38f), f.min_exponent == -126 && !f.saturates ? round(3.4e38f) : beyond);
  }

  void random_values_agree_with_the_search() {
    std::mt19937 engine(7);
    for (const Format format : {Format::bf16, Format::fp16, Format::fp8_e4m3, Format::fp8_e5m2}) {
      const FormatFacts& f = facts(format);
      const auto round = RoundToFormat::of(f);
      const auto values = values_by_code(f);
      for (int i = 0; i < 200000; ++i) {
        const float x = std::bit_cast<float>(static_cast<std::uint32_t>(engine()));
        if (!std::isfinite(x)) continue;
        QVERIFY(same(round(x), static_cast<float>(round_by_search(x, values, f))));
      }
    }
  }

  void tf32_keeps_ten_bits_of_mantissa() {
    const auto round = RoundToFormat::of(facts(Format::tf32));
    QCOMPARE(round(1.0f + 0x1p-11f), 1.0f);                        // tie to even
    QCOMPARE(round(1.0f + 0x1p-11f + 0x1p-23f), 1.0f + 0x1p-10f);  // just above
    QCOMPARE(round(1.0f + 3 * 0x1p-11f), 1.0f + 0x1p-9f);          // tie to even, upwards
    QCOMPARE(round(3.0e38f),
             std::bit_cast<float>((std::bit_cast<std::uint32_t>(3.0e38f) + 0xfffu) & ~0x1fffu));
  }

  void tensors_of_any_layout_are_rounded() {
    at::Tensor x = at::randn({7, 33, 5}) * 1000;
    const at::Tensor strided = x.permute({2, 0, 1});
    const at::Tensor rounded = rounded_copy(strided, Format::fp16);
    QVERIFY(at::equal(rounded, strided.to(at::kHalf).to(at::kFloat)));
    round_in_place(x, Format::bf16);
    QVERIFY(at::equal(x, x.to(at::kBFloat16).to(at::kFloat)));
    at::Tensor large = at::randn({1 << 20}) * 1e5;
    const at::Tensor expected = large.to(at::kHalf).to(at::kFloat);
    round_in_place(large, Format::fp16);
    QVERIFY(at::equal(large, expected));
    QVERIFY(large.isinf().any().item<bool>());
  }
};

QTEST_GUILESS_MAIN(RoundingTest)
#include "rounding_test.moc"
