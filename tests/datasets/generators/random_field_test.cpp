#include "datasets/generators/gaussian_random_field.h"
#include "datasets/generators/philox.h"

#include <QtTest/QtTest>

using namespace halfwave::datasets;

class RandomFieldTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  // The known answers that the Random123 library publishes for philox4x32-10.
  void philox_known_answers() {
    using Block = std::array<std::uint32_t, 4>;
    QCOMPARE(philox({0, 0, 0, 0}, 0), (Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
    QCOMPARE(philox({~0u, ~0u, ~0u, ~0u}, ~0ull), (Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
    QCOMPARE(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0x299f31d0a4093822ull),
             (Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
  }

  void normals_have_the_moments_of_a_normal() {
    const int pairs = 50000;
    double sum = 0, square = 0, fourth = 0, product = 0;
    for (int i = 0; i < pairs; ++i) {
      const auto [a, b] = philox_normals({static_cast<std::uint32_t>(i), 7, 0, 0}, 3);
      sum += a + b;
      square += a * a + b * b;
      fourth += a * a * a * a + b * b * b * b;
      product += a * b;
    }
    const double n = 2.0 * pairs;
    // Five standard errors of each moment: var 1, 2, 96 and (for the product, over pairs) 1.
    QVERIFY(std::abs(sum / n) < 5 / std::sqrt(n));
    QVERIFY(std::abs(square / n - 1) < 5 * std::sqrt(2 / n));
    QVERIFY(std::abs(fourth / n - 3) < 5 * std::sqrt(96 / n));
    QVERIFY(std::abs(product / pairs) < 5 / std::sqrt(double(pairs)));
  }

  // 48 = 3 · 16: every centre of the coarse cells is a centre of the fine ones.
  void same_function_on_every_grid() {
    const auto coarse = GaussianRandomField(16).sample({5, 1, 9});
    const auto fine = GaussianRandomField(48).sample({5, 1, 9});
    double worst = 0;
    for (int i = 0; i < 16; ++i)
      for (int j = 0; j < 16; ++j)
        worst = std::max(worst, std::abs(coarse[i * 16 + j] - fine[(3 * i + 1) * 48 + 3 * j + 1]));
    QVERIFY2(worst < 1e-13,
             qPrintable(QString::number(worst)));  // rounding of cos and of 128 sums of order 0.1
  }

  void keys_give_different_functions() {
    const GaussianRandomField field(8);
    const auto base = field.sample({1, 0, 0});
    QVERIFY(base == field.sample({1, 0, 0}));
    QVERIFY(base != field.sample({2, 0, 0}));
    QVERIFY(base != field.sample({1, 1, 0}));
    QVERIFY(base != field.sample({1, 0, 1}));
  }

  // Covariance at two points against its series, Σ λ_kl φ_kl(p) φ_kl(q) with λ = (π²(k²+l²)+9)^(−2).
  void covariance_is_that_of_the_definition() {
    const int n = 8, samples = 2000;
    const GaussianRandomField field(n);
    const int points[] = {0 * n + 0, 3 * n + 4, 3 * n + 5, 7 * n + 2};
    double measured[4][4] = {};
    for (int s = 0; s < samples; ++s) {
      const auto u = field.sample({11, 0, static_cast<std::uint32_t>(s)});
      for (int p = 0; p < 4; ++p)
        for (int q = 0; q < 4; ++q) measured[p][q] += u[points[p]] * u[points[q]] / samples;
    }
    double expected[4][4] = {};
    for (int k = 0; k < GaussianRandomField::modes; ++k)
      for (int l = 0; l < GaussianRandomField::modes; ++l) {
        if (k + l == 0) continue;
        const double lambda = std::pow(M_PI * M_PI * (k * k + l * l) + 9, -2);
        double phi[4];
        for (int p = 0; p < 4; ++p)
          phi[p] = (k ? std::sqrt(2.0) * std::cos(M_PI * k * (points[p] / n + 0.5) / n) : 1.0) *
                   (l ? std::sqrt(2.0) * std::cos(M_PI * l * (points[p] % n + 0.5) / n) : 1.0);
        for (int p = 0; p < 4; ++p)
          for (int q = 0; q < 4; ++q) expected[p][q] += lambda * phi[p] * phi[q];
      }
    for (int p = 0; p < 4; ++p)
      for (int q = 0; q < 4; ++q) {
        // Five standard errors of a covariance of normals: (C_pp C_qq + C_pq²) / samples.
        const double sigma =
            std::sqrt((expected[p][p] * expected[q][q] + expected[p][q] * expected[p][q]) / samples);
        QVERIFY2(
            std::abs(measured[p][q] - expected[p][q]) < 5 * sigma,
            qPrintable(QString("%1 %2: %3 for %4").arg(p).arg(q).arg(measured[p][q]).arg(expected[p][q])));
      }
  }
};

QTEST_GUILESS_MAIN(RandomFieldTest)
#include "random_field_test.moc"
