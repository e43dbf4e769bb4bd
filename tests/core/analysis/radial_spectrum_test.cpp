#include "core/analysis/radial_spectrum.h"

#include "core/error.h"

#include <QtTest/QtTest>

using namespace halfwave;

namespace {

/// A field from a function of the point's index on each axis.
template <typename Function>
Field field(std::vector<int> shape, Function function) {
  Field result;
  result.shape = shape;
  shape.insert(shape.begin(), 3 - shape.size(), 1);
  for (int i = 0; i < shape[0]; ++i)
    for (int j = 0; j < shape[1]; ++j)
      for (int k = 0; k < shape[2]; ++k) result.values.push_back(static_cast<float>(function(i, j, k)));
  return result;
}

/// Values that look random, the same on every machine.
double scrambled(int i, int j, int k) {
  return std::sin(12.9898 * i + 78.233 * j + 37.719 * k + 1) * 3 + 0.5;
}

// float32 samples of a wave carry a rounding noise of 6e-8, so a power of 1e-14; 1e-7 of the wave's own power
// leaves room for its cross terms with the wave (1e-7 relative).
constexpr double wave_tolerance = 1e-6;

}  // namespace

class RadialSpectrumTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void constant_field_has_only_wavenumber_zero() {
    const auto spectrum = radial_spectrum(field({6, 6}, [](int, int, int) { return -3.0; }));
    QCOMPARE(spectrum.power[0], 9.0);
    for (std::size_t k = 1; k < spectrum.power.size(); ++k) QVERIFY(spectrum.power[k] < 1e-20);
  }

  void plane_waves_data() {
    QTest::addColumn<std::vector<int>>("shape");
    QTest::addColumn<std::vector<int>>("wave");
    QTest::newRow("1D") << std::vector{16} << std::vector{5};
    QTest::newRow("1D odd") << std::vector{15} << std::vector{7};
    QTest::newRow("1D Nyquist") << std::vector{16} << std::vector{8};
    QTest::newRow("2D") << std::vector{16, 16} << std::vector{3, 4};
    QTest::newRow("2D second axis zero") << std::vector{16, 16} << std::vector{6, 0};
    QTest::newRow("2D odd and oblong") << std::vector{9, 21} << std::vector{4, 9};
    QTest::newRow("2D Nyquist of the last axis") << std::vector{8, 10} << std::vector{2, 5};
    QTest::newRow("3D") << std::vector{8, 6, 10} << std::vector{2, 1, 3};
    QTest::newRow("3D odd") << std::vector{7, 5, 9} << std::vector{3, 2, 4};
  }

  // cos(2πk·x) is ½e^{ik·x} + ½e^{−ik·x}: mean square ½, or 1 where the wave is its own conjugate (Nyquist).
  void plane_waves() {
    QFETCH(std::vector<int>, shape);
    QFETCH(std::vector<int>, wave);
    const std::size_t skip = 3 - shape.size();
    double length = 0, mean_square = 0;
    for (int k : wave) length += k * k;
    const auto u = field(shape, [&](int i, int j, int k) {
      const int index[] = {i, j, k};
      double phase = 0;
      for (std::size_t axis = 0; axis < shape.size(); ++axis)
        phase += 2 * M_PI * wave[axis] * index[axis + skip] / shape[axis];
      return 2 * std::cos(phase);
    });
    for (float value : u.values) mean_square += double(value) * value / u.values.size();
    const auto spectrum = radial_spectrum(u);
    const auto shell = static_cast<std::size_t>(std::lround(std::sqrt(length)));
    const bool own_conjugate = shape.size() == 1 && 2 * wave[0] == shape[0];
    QVERIFY(std::abs(spectrum.power[shell] - (own_conjugate ? 4.0 : 2.0)) < 4 * wave_tolerance);
    QVERIFY(std::abs(spectrum.power[shell] - mean_square) < 4 * wave_tolerance);
    for (std::size_t k = 0; k < spectrum.power.size(); ++k) {
      QCOMPARE(spectrum.wavenumber[k], double(k));
      if (k != shell) QVERIFY(spectrum.power[k] < wave_tolerance * wave_tolerance);
    }
  }

  // Directions count the same: a wave and the same wave turned by a quarter fall into one shell.
  void two_waves_of_one_length_add() {
    const auto spectrum = radial_spectrum(field({12, 12}, [](int, int i, int j) {
      return std::cos(2 * M_PI * 3 * i / 12) + std::sin(2 * M_PI * 3 * j / 12);
    }));
    QVERIFY(std::abs(spectrum.power[3] - 1.0) < 2 * wave_tolerance);
  }

  void parseval_data() {
    QTest::addColumn<std::vector<int>>("shape");
    for (const auto& shape : std::vector<std::vector<int>>{{1},
                                                           {2},
                                                           {17},
                                                           {64},
                                                           {1, 5},
                                                           {5, 1},
                                                           {16, 16},
                                                           {15, 16},
                                                           {16, 15},
                                                           {13, 11},
                                                           {4, 6, 8},
                                                           {3, 5, 7},
                                                           {8, 8, 1}}) {
      QString name;
      for (int size : shape) name += QString::number(size) + ' ';
      QTest::newRow(qPrintable(name)) << shape;
    }
  }

  void parseval() {
    QFETCH(std::vector<int>, shape);
    const auto u = field(shape, scrambled);
    double mean_square = 0, sum = 0;
    for (float value : u.values) mean_square += double(value) * value / u.values.size();
    for (double power : radial_spectrum(u).power) sum += power;
    QVERIFY(std::abs(sum - mean_square) < 1e-13 * mean_square);  // fp64 throughout; a few hundred roundings
  }

  // The definition, summed without any transform library.
  void agrees_with_the_sum_of_the_definition() {
    const int n = 5, m = 6;
    const auto u = field({n, m}, scrambled);
    std::vector<double> expected(8, 0.0);
    for (int k = 0; k < n; ++k)
      for (int l = 0; l < m; ++l) {
        std::complex<double> sum = 0;
        for (int i = 0; i < n; ++i)
          for (int j = 0; j < m; ++j)
            sum += double(u.values[i * m + j]) *
                   std::polar(1.0, -2 * M_PI * (double(k) * i / n + double(l) * j / m));
        const int a = k > n / 2 ? k - n : k, b = l > m / 2 ? l - m : l;
        expected[std::lround(std::sqrt(a * a + b * b))] += std::norm(sum / double(n * m));
      }
    const auto spectrum = radial_spectrum(u);
    for (std::size_t k = 0; k < expected.size(); ++k) {
      const double found = k < spectrum.power.size() ? spectrum.power[k] : 0.0;
      QVERIFY(std::abs(found - expected[k]) < 1e-13);
    }
  }

  void refuses_a_field_without_values() {
    QVERIFY_EXCEPTION_THROWN(radial_spectrum({}), RequestError);
    QVERIFY_EXCEPTION_THROWN(radial_spectrum({{0}, {}}), RequestError);
    QVERIFY_EXCEPTION_THROWN(radial_spectrum({{4}, {1, 2, 3}}), RequestError);
    QVERIFY_EXCEPTION_THROWN(radial_spectrum({{1, 1, 1, 1}, {1}}), RequestError);
  }
};

QTEST_GUILESS_MAIN(RadialSpectrumTest)
#include "radial_spectrum_test.moc"
