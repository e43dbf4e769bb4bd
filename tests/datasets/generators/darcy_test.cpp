#include "datasets/generators/darcy.h"

#include "datasets/generators/darcy_solver.h"

#include <QtTest/QtTest>

using namespace halfwave;
using namespace halfwave::datasets;

namespace {

constexpr double pi = 3.14159265358979323846;

/// Relative L2 error at n × n cells against u = sin(πx) sin(2πy) with a = 2 + cos(3x) cos(2y).
double manufactured_error(int n) {
  std::vector<double> a(n * n), f(n * n), exact(n * n);
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) {
      const double x = (i + 0.5) / n, y = (j + 0.5) / n;
      const double coefficient = 2 + std::cos(3 * x) * std::cos(2 * y);
      const double a_x = -3 * std::sin(3 * x) * std::cos(2 * y), a_y = -2 * std::cos(3 * x) * std::sin(2 * y);
      const double u = std::sin(pi * x) * std::sin(2 * pi * y);
      const double u_x = pi * std::cos(pi * x) * std::sin(2 * pi * y);
      const double u_y = 2 * pi * std::sin(pi * x) * std::cos(2 * pi * y);
      a[i * n + j] = coefficient;
      exact[i * n + j] = u;
      f[i * n + j] = -(a_x * u_x + a_y * u_y) + coefficient * 5 * pi * pi * u;
    }
  const auto u = DarcySolver(n).solve(a, f);
  double error = 0, norm = 0;
  for (int c = 0; c < n * n; ++c) {
    error += (u[c] - exact[c]) * (u[c] - exact[c]);
    norm += exact[c] * exact[c];
  }
  return std::sqrt(error / norm);
}

/// The solution of −a Δu = 1 with u = 0 on the boundary: a parabola in x, corrected by a series over odd m,
/// u = (x(1−x)/2 − 4/π³ Σ sin(mπx) cosh(mπ(y−½)) / (m³ cosh(mπ/2))) / a.
double series(double x, double y, double a) {
  double sum = 0;
  for (int m = 1; m < 200; m += 2) {
    const double decay = std::exp(-m * pi * std::min(y, 1 - y)) *
                         (1 + std::exp(-2 * m * pi * std::abs(y - 0.5))) /
                         (1 + std::exp(-m * pi));  // the ratio of the cosh, without overflow
    sum += std::sin(m * pi * x) * decay / std::pow(m, 3);
  }
  return (x * (1 - x) / 2 - 4 / std::pow(pi, 3) * sum) / a;
}

/// Relative L2 error at n × n cells against that series.
double constant_error(int n, double a) {
  const auto u = DarcySolver(n).solve(std::vector<double>(n * n, a), std::vector<double>(n * n, 1.0));
  double error = 0, norm = 0;
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) {
      const double exact = series((i + 0.5) / n, (j + 0.5) / n, a);
      error += std::pow(u[i * n + j] - exact, 2);
      norm += exact * exact;
    }
  return std::sqrt(error / norm);
}

}  // namespace

class DarcyTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void second_order_against_a_manufactured_solution() {
    double coarse = manufactured_error(16);
    for (int n : {32, 64, 128}) {
      const double fine = manufactured_error(n);
      const double order = std::log2(coarse / fine);
      qInfo("n = %d: relative L2 error %.3e, order %.3f", n, fine, order);
      // The next term of the error, O(h⁴), shifts the observed order by less than 0.1 at these grids.
      QVERIFY2(order > 1.9 && order < 2.1, qPrintable(QString::number(order)));
      coarse = fine;
    }
    QVERIFY(coarse < 1e-3);
  }

  void constant_coefficient_against_the_series() {
    // The known maximum of the torsion problem, 0.0736713…, shows that the series itself is right.
    QVERIFY(std::abs(series(0.5, 0.5, 1) - 0.07367135) < 1e-8);
    double coarse = constant_error(16, 3);
    for (int n : {32, 64}) {
      const double fine = constant_error(n, 3);
      qInfo("n = %d: relative L2 error %.3e, order %.3f", n, fine, std::log2(coarse / fine));
      QVERIFY(std::log2(coarse / fine) > 1.9);  // as above
      coarse = fine;
    }
    QVERIFY(coarse < 1e-3);
  }

  // The scheme has the symmetries of the square, also where the coefficient jumps.
  void turning_the_coefficient_turns_the_solution() {
    const int n = 20;
    std::vector<double> a(n * n), turned(n * n);
    for (int i = 0; i < n; ++i)
      for (int j = 0; j < n; ++j) a[i * n + j] = (i * 7 + j * j) % 5 < 2 ? 12.0 : 3.0;
    for (int i = 0; i < n; ++i)
      for (int j = 0; j < n; ++j) turned[j * n + (n - 1 - i)] = a[i * n + j];
    DarcySolver solver(n);
    const std::vector<double> one(n * n, 1.0);
    const auto u = solver.solve(a, one), v = solver.solve(turned, one);
    for (int i = 0; i < n; ++i)
      for (int j = 0; j < n; ++j) QVERIFY(std::abs(u[i * n + j] - v[j * n + (n - 1 - i)]) < 1e-14);
  }

  void samples_have_two_values_and_positive_pressure() {
    const auto samples = solve_darcy({32, 6, 4, 0});
    int high = 0;
    for (float a : samples.coefficient) {
      QVERIFY(a == 12.0f || a == 3.0f);
      high += a == 12.0f;
    }
    const double share = double(high) / samples.coefficient.size();
    QVERIFY(share > 0.3 && share < 0.7);
    // The maximum principle bounds u by the solutions of the extreme constant coefficients.
    const double low_top = series(0.5, 0.5, darcy_low);
    for (float u : samples.pressure) QVERIFY(u > 0.0f && u < low_top * 1.001);
  }

  void numbers_do_not_depend_on_threads_or_on_the_number_of_samples() {
    const auto one = solve_darcy({16, 7, 42, 0}, {}, 1);
    const auto three = solve_darcy({16, 7, 42, 0}, {}, 3);
    QVERIFY(one.coefficient == three.coefficient);
    QVERIFY(one.pressure == three.pressure);
    const auto fewer = solve_darcy({16, 2, 42, 0}, {}, 2);
    QVERIFY(std::equal(fewer.pressure.begin(), fewer.pressure.end(), one.pressure.begin()));
    QVERIFY(solve_darcy({16, 7, 43, 0}).coefficient != one.coefficient);
    QVERIFY(solve_darcy({16, 7, 42, 1}).coefficient != one.coefficient);
  }

  void a_lognormal_medium_is_smooth_and_positive() {
    DarcySpec spec{32, 200, 4, 0, DarcyCoefficient::lognormal};
    const auto samples = solve_darcy(spec);
    double mean = 0, square = 0;
    for (float a : samples.coefficient) {
      QVERIFY(a > 0.0f);
      mean += std::log(a) / samples.coefficient.size();
      square += std::log(a) * std::log(a) / samples.coefficient.size();
    }
    // log a = 10 g; g has mean 0 and the variance Σ (π²(k² + l²) + 9)⁻² = 0.0974², of which few modes, hence
    // few independent numbers, carry most.
    QVERIFY(std::abs(mean) < 1e-3);
    QVERIFY2(std::abs(std::sqrt(square) - 0.974) < 0.08, qPrintable(QString::number(std::sqrt(square))));
    for (float u : samples.pressure) QVERIFY(u > 0.0f);  // by the maximum principle
  }

  void same_medium_on_another_grid() {
    const auto coarse = solve_darcy({16, 1, 8, 1});
    const auto fine = solve_darcy({48, 1, 8, 1});
    double difference = 0, norm = 0;
    for (int i = 0; i < 16; ++i)
      for (int j = 0; j < 16; ++j) {
        const int c = i * 16 + j, f = (3 * i + 1) * 48 + 3 * j + 1;
        QCOMPARE(coarse.coefficient[c], fine.coefficient[f]);
        difference += std::pow(coarse.pressure[c] - fine.pressure[f], 2);
        norm += std::pow(fine.pressure[f], 2);
      }
    // Not one solution on two grids but two discretizations: with jumps they differ by a few per cent at
    // 1/16.
    QVERIFY(std::sqrt(difference / norm) < 0.1);
  }

  void tells_its_progress() {
    std::vector<double> seen;
    Progress progress;
    progress.report = [&](double fraction, const std::string&) { seen.push_back(fraction); };
    solve_darcy({16, 5, 0, 0}, progress);
    QCOMPARE(seen.size(), std::size_t{5});
    QVERIFY(std::is_sorted(seen.begin(), seen.end()));
    QCOMPARE(seen.back(), 1.0);
  }

  void can_be_cancelled_while_it_works() {
    std::atomic<bool> cancel{false};
    int reports = 0;
    Progress progress;
    progress.cancel = &cancel;
    progress.report = [&](double, const std::string&) {
      if (++reports == 3) cancel = true;
    };
    QVERIFY_EXCEPTION_THROWN(solve_darcy({16, 100000, 0, 0}, progress), Cancelled);
    QVERIFY(reports < 100);
  }

  void refuses_what_is_out_of_range() {
    QVERIFY_EXCEPTION_THROWN(solve_darcy({3, 4, 0, 0}), RequestError);
    QVERIFY_EXCEPTION_THROWN(solve_darcy({1025, 4, 0, 0}), RequestError);
    QVERIFY_EXCEPTION_THROWN(solve_darcy({64, 0, 0, 0}), RequestError);
    QVERIFY_EXCEPTION_THROWN(solve_darcy({1024, 1000000, 0, 0}), RequestError);
  }

  void speed() {
    QElapsedTimer timer;
    timer.start();
    solve_darcy({64, 20, 1, 0});
    qInfo("20 samples of 64×64 in %lld ms", static_cast<long long>(timer.elapsed()));
  }
};

QTEST_GUILESS_MAIN(DarcyTest)
#include "darcy_test.moc"
