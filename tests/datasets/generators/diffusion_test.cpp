#include "datasets/generators/diffusion.h"

#include "core/error.h"
#include "datasets/generators/darcy_solver.h"

#include <QtTest/QtTest>

using namespace halfwave;
using namespace halfwave::datasets;

namespace {

constexpr double pi = 3.14159265358979323846;

double inverse(double eigenvalue) {
  return 1 / eigenvalue;
}

/// The largest difference between values of factor(−Δ) applied to f, and what they should be.
template <typename F, typename U>
double error_of(int n, Boundary boundary, F f, U u, const std::function<double(double)>& factor) {
  const double shift = boundary == Boundary::dirichlet ? 0.5 : 0;
  std::vector<double> values, expected;
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) {
      values.push_back(f((i + shift) / n, (j + shift) / n));
      expected.push_back(u((i + shift) / n, (j + shift) / n));
    }
  LaplaceModes modes(n, boundary);
  modes.set_values(values);
  const auto result = modes.values(factor);
  double error = 0;
  for (int i = 0; i < n * n; ++i) error = std::max(error, std::abs(result[i] - expected[i]));
  return error;
}

}  // namespace

class DiffusionTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  // Sums of few eigenfunctions are solved to rounding.
  void poisson_on_the_torus() {
    const auto f = [](double x, double y) {
      return std::cos(2 * pi * (3 * x - y)) + 2 * std::sin(4 * pi * y);
    };
    const auto u = [](double x, double y) {
      return std::cos(2 * pi * (3 * x - y)) / (40 * pi * pi) + 2 * std::sin(4 * pi * y) / (16 * pi * pi);
    };
    QVERIFY(error_of(16, Boundary::periodic, f, u, inverse) < 1e-15);
    // exp(sin) has all modes, and a closed Laplacian.
    const auto w = [](double x, double) {
      return std::exp(std::sin(2 * pi * x)) - std::cyl_bessel_i(0.0, 1.0);
    };
    const auto g = [](double x, double) {
      const double s = std::sin(2 * pi * x), c = std::cos(2 * pi * x);
      return 4 * pi * pi * (s - c * c) * std::exp(s);
    };
    QVERIFY(error_of(48, Boundary::periodic, g, w, inverse) < 1e-13);
  }

  void poisson_in_the_square() {
    const auto f = [](double x, double y) {
      return std::sin(pi * x) * std::sin(5 * pi * y) + std::sin(2 * pi * x) * std::sin(pi * y);
    };
    const auto u = [](double x, double y) {
      return std::sin(pi * x) * std::sin(5 * pi * y) / (26 * pi * pi) +
             std::sin(2 * pi * x) * std::sin(pi * y) / (5 * pi * pi);
    };
    QVERIFY(error_of(16, Boundary::dirichlet, f, u, inverse) < 1e-15);
    // A polynomial, whose sine series falls slowly: second order or better.
    const auto p = [](double x, double y) { return x * (1 - x) * y * (1 - y); };
    const auto q = [](double x, double y) { return 2 * (x * (1 - x) + y * (1 - y)); };
    const double coarse = error_of(32, Boundary::dirichlet, q, p, inverse),
                 fine = error_of(64, Boundary::dirichlet, q, p, inverse);
    qInfo("polynomial: %.2e, %.2e", coarse, fine);
    QVERIFY(fine < coarse / 3.5 && fine < 1e-4);
  }

  void heat_decays_mode_by_mode() {
    for (const auto boundary : {Boundary::periodic, Boundary::dirichlet}) {
      const double turn = boundary == Boundary::periodic ? 2 * pi : pi;
      const auto f = [&](double x, double y) { return std::sin(turn * x) * std::sin(3 * turn * y); };
      const double decay = std::exp(-0.01 * 10 * turn * turn);
      const auto u = [&](double x, double y) { return decay * f(x, y); };
      QVERIFY(error_of(16, boundary, f, u, [](double eigenvalue) { return std::exp(-0.01 * eigenvalue); }) <
              1e-14);
    }
  }

  // The heat kernel on the circle as a sum of Gaussians (Poisson summation) against our sum of waves.
  void heat_spreads_a_gaussian() {
    const auto gauss = [](double x, double width) {
      double sum = 0;
      for (int m = -3; m <= 3; ++m)
        sum += std::exp(-(x - 0.5 + m) * (x - 0.5 + m) / (2 * width)) / std::sqrt(2 * pi * width);
      return sum - 1;  // the mean is left out
    };
    const auto f = [&](double x, double) { return gauss(x, 0.003); };
    const auto u = [&](double x, double) { return gauss(x, 0.003 + 2 * 0.004); };
    QVERIFY(error_of(64, Boundary::periodic, f, u,
                     [](double eigenvalue) { return std::exp(-0.004 * eigenvalue); }) < 1e-11);
  }

  void poisson_samples_agree_with_the_darcy_solver() {
    const int n = 64;
    const auto samples = solve_poisson({n, 2, 3});
    std::vector<double> f(samples.input.begin(), samples.input.begin() + n * n);
    const auto u = DarcySolver(n).solve(std::vector<double>(n * n, 1.0), f);
    double error = 0, norm = 0;
    for (int i = 0; i < n * n; ++i) {
      error += std::pow(u[i] - samples.target[i], 2);
      norm += u[i] * u[i];
    }
    qInfo("relative difference %.2e", std::sqrt(error / norm));
    QVERIFY(std::sqrt(error / norm) < 5e-3);  // finite volumes of second order on 64 cells
  }

  void inputs_have_their_deviation() {
    for (const auto boundary : {Boundary::periodic, Boundary::dirichlet}) {
      const auto samples = solve_poisson({32, 200, 3, 0, boundary});
      double square = 0, expected = 0;
      for (float f : samples.input) square += double(f) * f / samples.input.size();
      const bool torus = boundary == Boundary::periodic;
      for (int k = torus ? -15 : 1; k < (torus ? 16 : 32); ++k)
        for (int l = torus ? -15 : 1; l < (torus ? 16 : 32); ++l)
          if (k != 0 || l != 0)
            expected += 625 * std::pow((torus ? 4 : 1) * pi * pi * (k * k + l * l) + 25, -2);
      qInfo("variance %.3f, expected %.3f", square, expected);
      QVERIFY(std::abs(square / expected - 1) < 0.15);  // 200 samples of a few modes
    }
  }

  void numbers_do_not_depend_on_threads_or_grids() {
    const auto one = solve_heat({16, 5, 42}, {}, 1), three = solve_heat({16, 5, 42}, {}, 3);
    QVERIFY(one.input == three.input && one.target == three.target);
    for (const auto boundary : {Boundary::periodic, Boundary::dirichlet}) {
      const auto coarse = solve_heat({16, 1, 8, 0, boundary}), fine = solve_heat({48, 1, 8, 0, boundary});
      const int shift = boundary == Boundary::dirichlet ? 1 : 0;
      for (int i = 0; i < 16; ++i)
        for (int j = 0; j < 16; ++j)
          QVERIFY(std::abs(coarse.target[i * 16 + j] - fine.target[(3 * i + shift) * 48 + 3 * j + shift]) <
                  0.02);
    }
  }

  void frames_are_moments_of_one_history() {
    HeatSpec spec{16, 2, 1};
    spec.frames = 4;
    const auto frames = solve_heat(spec);
    spec.frames = 1;
    const auto last = solve_heat(spec);
    for (int s = 0; s < 2; ++s)
      for (int i = 0; i < 256; ++i) QCOMPARE(frames.target[(s * 4 + 3) * 256 + i], last.target[s * 256 + i]);
  }

  void refuses_what_is_out_of_range() {
    QVERIFY_EXCEPTION_THROWN(solve_poisson({3, 4}), FieldError);
    QVERIFY_EXCEPTION_THROWN(solve_poisson({64, 0}), FieldError);
    QVERIFY_EXCEPTION_THROWN(solve_heat({64, 1, 0, 0, Boundary::periodic, -1.0}), FieldError);
    QVERIFY_EXCEPTION_THROWN(solve_heat({64, 1, 0, 0, Boundary::periodic, 0.1, 0.0}), FieldError);
    std::atomic<bool> cancel{true};
    QVERIFY_EXCEPTION_THROWN(solve_heat({}, {nullptr, &cancel}), Cancelled);
  }
};

QTEST_GUILESS_MAIN(DiffusionTest)
#include "diffusion_test.moc"
