#include "core/operators/word_spans.h"

#include "core/precision/rounding.h"

#include <QtTest/QtTest>

#include <cmath>
#include <cstring>
#include <random>
#include <vector>

using namespace halfwave;

namespace {

using Words = std::vector<std::uint16_t>;

double value(std::uint16_t word) {
  return RoundToFormat::float_of(static_cast<std::uint32_t>(word) << 16);
}

bool is_nan(std::uint16_t word) {
  return std::isnan(value(word));
}

/// The nearest bf16 value, ties to even, of a double within the format's range.
std::uint16_t nearest(double x) {
  const std::uint32_t bits = RoundToFormat::bits_of(static_cast<float>(x));
  const auto low = static_cast<std::uint16_t>(bits >> 16);
  const auto high = static_cast<std::uint16_t>(low + 1U);
  const double below = std::fabs(x - value(low)), above = std::fabs(value(high) - x);
  if (below == above) return (low & 1U) != 0 ? high : low;
  return below < above ? low : high;
}

double phi(double x) {
  return 0.5 * std::erfc(-x / std::sqrt(2.0));
}

Words all_words() {
  Words words(65536);
  for (std::size_t i = 0; i < words.size(); ++i) words[i] = static_cast<std::uint16_t>(i);
  return words;
}

/// Values of all magnitudes, of 1, subnormal ones and zeros.
Words mixed_words(std::size_t count) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  Words words(count);
  for (std::size_t i = 0; i < count; ++i)
    words[i] = i % 7 == 0 ? static_cast<std::uint16_t>(random() % 0x100U)
                          : nearest(static_cast<double>(normal(random)) * (i % 5 == 0 ? 4.0 : 1.0));
  return words;
}

std::vector<float> channel_values(std::size_t count) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i)
    values[i] = static_cast<float>(value(nearest(std::sin(1.0 + static_cast<double>(i)))));
  return values;
}

}  // namespace

/// bf16 functions against fp64, for whatever instructions are in use.
class WordSpansTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  // The polynomials round as the function itself; the full formula is off by a unit in some per cent of a per
  // cent of the words, where it lies next to a tie.
  void gelu_is_rounded_correctly() {
    const Words x = all_words();
    Words y(x.size());
    gelu_words(x.data(), y.data(), static_cast<std::int64_t>(x.size()));
    int off = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double v = value(x[i]);
      if (std::isnan(v)) QVERIFY(is_nan(y[i]));
      // Behind −13 results are subnormal or zero.
      if (!(v > -13.0) || std::isinf(v)) continue;
      const std::uint16_t wanted = nearest(v * phi(v));
      QVERIFY2(std::abs(static_cast<int>(wanted) - static_cast<int>(y[i])) <= 1,
               qPrintable(QString::number(v)));
      off += wanted != y[i];
    }
    QVERIFY2(off < 120, qPrintable(QString::number(off)));
    QCOMPARE(y[0x7f80], std::uint16_t{0x7f80});
  }

  void gradients_follow_the_slope() {
    const Words x = all_words(), g = mixed_words(x.size());
    Words y(x.size()), again(x.size()), gx(x.size()), alone(x.size());
    const auto count = static_cast<std::int64_t>(x.size());
    gelu_words(x.data(), y.data(), count);
    gelu_and_backward_words(x.data(), again.data(), g.data(), gx.data(), count);
    gelu_and_backward_words(x.data(), nullptr, g.data(), alone.data(), count);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double v = value(x[i]);
      if (std::isnan(v)) {
        QVERIFY(is_nan(again[i]) && is_nan(gx[i]));
        continue;
      }
      QCOMPARE(again[i], y[i]);
      QCOMPARE(alone[i], gx[i]);
      // From 10³⁰ on x times the least φ in fp32 is not small.
      if (v > 1e30 || v < -13.0) continue;
      const double slope = phi(v) + v * std::exp(-v * v / 2) / std::sqrt(2.0 * std::acos(-1.0));
      const double wanted = value(g[i]) * slope, got = value(gx[i]);
      // Half a unit of bf16, and fp32's own error where the two terms of the slope cancel; 2⁻¹³³ is a
      // subnormal's unit.
      QVERIFY2(
          std::fabs(got - wanted) <= std::fabs(wanted) * 0x1.02p-8 + std::fabs(value(g[i])) * 2e-7 + 0x1p-133,
          qPrintable(QString("%1: %2 for %3").arg(v).arg(got).arg(wanted)));
    }
  }

  void sums_round_each_step_data() {
    QTest::addColumn<int>("channels");
    for (const int channels : {16, 48, 64}) QTest::newRow(qPrintable(QString::number(channels))) << channels;
  }
  void sums_round_each_step() {
    QFETCH(int, channels);
    constexpr int rows = 31;
    const auto width = static_cast<std::size_t>(channels), count = width * rows;
    const Words x = mixed_words(count);
    Words around = mixed_words(count + 3);
    around.erase(around.begin(), around.begin() + 3);
    const auto bias = channel_values(width), gate = channel_values(width + 5);
    for (int kind = 0; kind < 16; ++kind) {
      const bool has_bias = (kind & 1) != 0, has_around = (kind & 2) != 0, has_gate = (kind & 4) != 0,
                 has_gelu = (kind & 8) != 0;
      Words sum(count), activated(count), wanted_activated(count), wanted(count);
      sum_word_rows({x.data(), has_bias ? bias.data() : nullptr, has_around ? around.data() : nullptr,
                     has_gate ? gate.data() : nullptr, sum.data(), has_gelu ? activated.data() : nullptr},
                    rows, channels);
      for (std::size_t i = 0; i < count; ++i) {
        double s = value(x[i]);
        if (has_bias) s = value(nearest(s + static_cast<double>(bias[i % width])));
        double other = has_around ? value(around[i]) : 0.0;
        if (has_gate) other = value(nearest(other * static_cast<double>(gate[i % width])));
        // What the processor adds is rounded to fp32 first.
        wanted[i] = nearest(static_cast<double>(static_cast<float>(has_around ? s + other : s)));
      }
      for (std::size_t i = 0; i < count; ++i) QCOMPARE(value(sum[i]), value(wanted[i]));
      if (!has_gelu) continue;
      gelu_words(sum.data(), wanted_activated.data(), static_cast<std::int64_t>(count));
      QVERIFY(activated == wanted_activated);
    }
  }

  void rows_are_summed_and_paired() {
    constexpr std::size_t rows = 13, channels = 48;
    const Words g = mixed_words(rows * channels), x = all_words();
    const std::uint16_t* ones = &x[0x3f80];  // 1, 1 + 2⁻⁷, …
    std::vector<float> sums(channels, 1.0F), products(channels, 2.0F);
    add_word_rows(g.data(), sums.data(), rows, channels);
    add_word_products(g.data(), ones, products.data(), rows, channels);
    std::vector<std::uint32_t> pairs((rows + 1) / 2 * channels + 1, 7U);
    pair_word_rows(g.data(), pairs.data(), rows, channels);
    QCOMPARE(pairs.back(), 7U);
    for (std::size_t c = 0; c < channels; ++c) {
      double sum = 1.0, product = 2.0, size = 2.0;
      for (std::size_t r = 0; r < rows; ++r) {
        const std::size_t i = r * channels + c;
        sum += value(g[i]);
        product += value(g[i]) * value(ones[i]);
        size += std::fabs(value(g[i]) * value(ones[i]));
        const std::uint32_t pair = pairs[r / 2 * channels + c];
        QCOMPARE(static_cast<std::uint16_t>(r % 2 == 0 ? pair : pair >> 16), g[i]);
        if (r + 1 == rows) QCOMPARE(pair >> 16, 0U);
      }
      // A sum of 14 in fp32.
      QVERIFY(std::fabs(static_cast<double>(sums[c]) - sum) <= 14 * 0x1p-24 * size);
      QVERIFY(std::fabs(static_cast<double>(products[c]) - product) <= 28 * 0x1p-24 * size);
    }
  }
};

QTEST_GUILESS_MAIN(WordSpansTest)
#include "word_spans_test.moc"
