#include "core/error.h"
#include "core/precision/range_statistics.h"
#include "core/precision/round_tensor.h"

#include <ATen/ATen.h>
#include <QtTest/QtTest>

#include <cmath>
#include <limits>
#include <random>

using namespace halfwave;

namespace {

bool same(const RangeHistogram& a, const RangeHistogram& b) {
  return a.bins == b.bins && a.counted == b.counted && a.zeros == b.zeros && a.subnormal == b.subnormal &&
         a.saturated == b.saturated && a.infinite == b.infinite && a.nan == b.nan;
}

/// What the C library says of the same values, one at a time.
RangeHistogram by_library(const at::Tensor& x, Format format) {
  RangeHistogram result;
  const FormatFacts& f = facts(format);
  const at::Tensor flat = x.reshape({-1}).to(at::kDouble).contiguous();
  const auto* values = flat.const_data_ptr<double>();
  for (std::int64_t i = 0; i < flat.numel(); ++i) {
    ++result.counted;
    switch (std::fpclassify(values[i])) {
      case FP_ZERO:
        ++result.zeros;
        break;
      case FP_INFINITE:
        ++result.infinite;
        break;
      case FP_NAN:
        ++result.nan;
        break;
      default: {
        int exponent = 0;
        std::frexp(values[i], &exponent);  // the mantissa is in [1/2, 1)
        ++result.bins[static_cast<std::size_t>(exponent - 1 - RangeHistogram::lowest_exponent)];
        if (std::abs(values[i]) < f.min_normal) ++result.subnormal;
        if (std::abs(values[i]) == f.max_finite) ++result.saturated;
      }
    }
  }
  return result;
}

/// Every value of a type of 8 or 16 bits.
template <typename Word>
at::Tensor all_values(at::ScalarType type) {
  constexpr int count = 1 << (8 * sizeof(Word));
  at::Tensor x = at::empty({count}, type);
  auto* words = static_cast<Word*>(x.mutable_data_ptr());
  for (int i = 0; i < count; ++i) words[i] = static_cast<Word>(i);
  return x;
}

at::Tensor all_values(Format format) {
  return storage_bytes(format) == 1 ? all_values<std::uint8_t>(tensor_type(format))
                                    : all_values<std::uint16_t>(tensor_type(format));
}

at::Tensor of(std::initializer_list<double> values) {
  return at::tensor(std::vector<double>(values), at::kDouble);
}

}  // namespace

class RangeTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void every_value_of_narrow_formats_is_classified_data() {
    QTest::addColumn<int>("format");
    for (const Format format : {Format::fp16, Format::bf16, Format::fp8_e4m3, Format::fp8_e5m2})
      QTest::newRow(std::string(name(format)).c_str()) << static_cast<int>(format);
  }
  void every_value_of_narrow_formats_is_classified() {
    QFETCH(int, format);
    const auto f = static_cast<Format>(format);
    const at::Tensor x = all_values(f);
    const RangeHistogram expected = by_library(x, f);
    QVERIFY(same(measure_range(x, f), expected));
    QCOMPARE(expected.saturated, std::uint64_t{2});
    QCOMPARE(expected.zeros, std::uint64_t{2});
    // Emulated stages carry the same values in float32, the reference ones in float64.
    QVERIFY(same(measure_range(x.to(at::kFloat), f), expected));
    QVERIFY(same(measure_range(x.to(at::kDouble), f), expected));
    // What one format stores may be judged by another.
    for (const Format other : all_formats)
      QVERIFY2(same(measure_range(x, other), by_library(x, other)), std::string(name(other)).c_str());
  }

  void every_exponent_of_fp32_has_its_bin() {
    std::vector<float> values;
    for (int exponent = -149; exponent <= 127; ++exponent)
      for (const double factor : {1.0, 1.5, 1.9999998})
        values.push_back(static_cast<float>(std::ldexp(exponent < -126 ? 1.0 : factor, exponent)));
    values.insert(values.end(), {std::numeric_limits<float>::max(), std::numeric_limits<float>::denorm_min(),
                                 -0.0f, std::numeric_limits<float>::infinity(),
                                 -std::numeric_limits<float>::infinity(), std::nanf("")});
    const at::Tensor x = at::tensor(values);
    for (const Format format : {Format::fp32, Format::tf32, Format::fp64, Format::fp16})
      QVERIFY2(same(measure_range(x, format), by_library(x, format)), std::string(name(format)).c_str());
  }

  void random_bit_patterns_agree_with_the_library() {
    std::mt19937 generator(5);
    at::Tensor x = at::empty({200'003}, at::kFloat);
    auto* bits = reinterpret_cast<std::uint32_t*>(x.mutable_data_ptr<float>());
    for (std::int64_t i = 0; i < x.numel(); ++i) bits[i] = static_cast<std::uint32_t>(generator());
    QVERIFY(same(measure_range(x, Format::fp16), by_library(x, Format::fp16)));
  }

  void values_of_fp64_beyond_fp32_count_at_the_ends() {
    const RangeHistogram h =
        measure_range(of({1e300, -1e-300, 5e-324, 1.0, std::numeric_limits<double>::max()}), Format::fp64);
    QCOMPARE(h.at(127), 2u);
    QCOMPARE(h.at(-149), 2u);
    QCOMPARE(h.at(0), 1u);
    QCOMPARE(h.subnormal, std::uint64_t{1});
    QCOMPARE(h.saturated, std::uint64_t{1});
  }

  void powers_of_two_give_their_own_headroom() {
    const RangeHistogram h = measure_range(of({0.0, 0.25, -1.0, 512.0}).to(at::kHalf), Format::fp16);
    QCOMPARE(h.smallest(), -2);
    QCOMPARE(h.largest(), 9);
    QCOMPARE(h.headroom(Format::fp16), 6);
    QCOMPARE(h.zeros, std::uint64_t{1});
    QVERIFY(!h.empty());
    QVERIFY(measure_range(at::zeros({7}), Format::fp32).empty());
    QCOMPARE(measure_range(at::empty({0}), Format::fp32).counted, std::uint64_t{0});
  }

  void a_lognormal_has_the_shares_of_its_distribution() {
    // log2 |x| is normal with mean -3 and deviation 4; the share of a bin is a difference of the normal
    // distribution's error functions.
    constexpr double mean = -3, deviation = 4;
    constexpr std::int64_t count = 400'000;
    at::Generator generator = at::detail::createCPUGenerator(7);
    const at::Tensor x =
        at::exp2(at::randn({count}, generator, at::kDouble) * deviation + mean).to(at::kFloat);
    for (const std::int64_t most : {every_value, std::int64_t{50'000}}) {
      const RangeHistogram h = measure_range(x, Format::fp16, most);
      const auto below = [&](int exponent) {
        return 0.5 * std::erfc(-(exponent - mean) / deviation / std::sqrt(2.0));
      };
      for (int exponent = -16; exponent < 10; ++exponent) {
        const double share = h.at(exponent) / static_cast<double>(h.counted);
        const double expected = below(exponent + 1) - below(exponent);
        // Five standard deviations of a binomial count.
        const double tolerance = 5 * std::sqrt(expected / static_cast<double>(h.counted));
        QVERIFY2(std::abs(share - expected) < tolerance, qPrintable(QString::number(exponent)));
      }
      const double subnormal = static_cast<double>(h.subnormal) / static_cast<double>(h.counted);
      QVERIFY(std::abs(subnormal - below(-14)) < 5 * std::sqrt(below(-14) / static_cast<double>(h.counted)));
    }
  }

  void a_sample_is_even_over_every_axis() {
    // Each value is told by its channel's power of two: a step that met only some channels would miss bins.
    for (const std::int64_t channels : {12, 16, 20, 64}) {
      const at::Tensor x =
          at::exp2(at::arange(channels, at::kFloat)).expand({4, 50, 50, channels}).contiguous();
      const RangeHistogram h = measure_range(x, Format::fp32, 4096);
      QVERIFY(h.counted <= 4096 && h.counted > 2000);
      const double fair = static_cast<double>(h.counted) / static_cast<double>(channels);
      for (int c = 0; c < channels; ++c) QVERIFY(std::abs(h.at(c) - fair) <= 2);
      QVERIFY(same(measure_range(x, Format::fp32, 4096), h));
    }
  }

  void one_value_that_is_not_finite_is_found_anywhere() {
    for (const Format format :
         {Format::fp64, Format::fp32, Format::bf16, Format::fp16, Format::fp8_e5m2, Format::fp8_e4m3}) {
      at::Tensor x = at::ones({100, 1000}, at::kDouble);
      x[77][345] = std::numeric_limits<double>::quiet_NaN();
      const RangeHistogram h = measure_range(x.to(tensor_type(format)), format, 1000);
      QCOMPARE(h.nan, std::uint64_t{1});
      QCOMPARE(h.counted, std::uint64_t{100'000});
      if (format == Format::fp8_e4m3) continue;  // has no infinity
      x[77][345] = -std::numeric_limits<double>::infinity();
      QCOMPARE(measure_range(x.to(tensor_type(format)), format, 1000).infinite, std::uint64_t{1});
    }
  }

  void layouts_do_not_matter() {
    const at::Tensor x = at::arange(1, 4 * 6 * 10 * 8 + 1, at::kFloat).reshape({4, 6, 10, 8});
    const auto whole = [](const at::Tensor& t) { return measure_range(t, Format::fp16); };
    QVERIFY(same(whole(x.movedim(1, -1)), whole(x)));
    const at::Tensor part = x.slice(2, 1, 9, 2).transpose(0, 3);
    QVERIFY(same(whole(part), by_library(part, Format::fp16)));
    const at::Tensor spread = at::tensor({2.0f}).expand({5, 3});
    QCOMPARE(whole(spread).at(1), 15u);
    // A view looks at no value outside it, sampled or not.
    const at::Tensor columns =
        at::exp2(at::arange(10, at::kFloat)).expand({999, 10}).contiguous().narrow(1, 2, 3);
    const RangeHistogram h = measure_range(columns, Format::fp32, 100);
    QCOMPARE(h.smallest(), 2);
    QCOMPARE(h.largest(), 4);
  }

  void merging_adds() {
    const at::Tensor x = all_values(Format::fp16);
    RangeHistogram parts = measure_range(x.narrow(0, 0, 30'000), Format::fp16);
    merge(parts, measure_range(x.narrow(0, 30'000, 35'536), Format::fp16));
    QVERIFY(same(parts, measure_range(x, Format::fp16)));
    parts.bins[3] = std::numeric_limits<std::uint32_t>::max() - 1;
    RangeHistogram more;
    more.bins[3] = 5;
    merge(parts, more);
    QCOMPARE(parts.bins[3], std::numeric_limits<std::uint32_t>::max());
  }

  void other_types_are_refused() {
    QVERIFY_EXCEPTION_THROWN(measure_range(at::zeros({3}, at::kInt), Format::fp32), RunError);
  }
};

QTEST_GUILESS_MAIN(RangeTest)
#include "range_test.moc"
