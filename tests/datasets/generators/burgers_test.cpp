#include "datasets/generators/burgers.h"

#include "core/error.h"
#include "datasets/generators/burgers_solver.h"
#include "datasets/generators/fourier.h"
#include "datasets/generators/torus_field.h"

#include <QtTest/QtTest>

#include <thread>

using namespace halfwave;
using namespace halfwave::datasets;

namespace {

constexpr double pi = 3.14159265358979323846;

std::vector<double> sine(int n, double mean = 0.0) {
  std::vector<double> values(n);
  for (int j = 0; j < n; ++j) values[j] = mean + std::sin(2 * pi * j / n);
  return values;
}

/// The solution of Burgers' equation from u₀ = sin 2πx by Cole and Hopf: u = −2ν θ_x/θ where θ obeys the heat
/// equation from exp(cos(2πx)/(4πν)), whose Fourier coefficients are modified Bessel functions.
double cole_hopf(double x, double t, double nu) {
  const double z = 1 / (4 * pi * nu);
  double theta = std::cyl_bessel_i(0.0, z), slope = 0;
  for (int m = 1; m < 200; ++m) {
    const double term = 2 * std::cyl_bessel_i(double(m), z) * std::exp(-nu * 4 * pi * pi * m * m * t);
    theta += term * std::cos(2 * pi * m * x);
    slope -= term * 2 * pi * m * std::sin(2 * pi * m * x);
    if (term < 1e-20 * theta) break;
  }
  return -2 * nu * slope / theta;
}

}  // namespace

class BurgersTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void agrees_with_cole_and_hopf_data() {
    QTest::addColumn<double>("nu");
    QTest::addColumn<int>("points");
    QTest::newRow("0.1") << 0.1 << 256;
    QTest::newRow("0.01") << 0.01 << 1024;
    // Below this viscosity the closed form itself loses digits: θ falls to e^(−2z) of its maximum.
    QTest::newRow("0.008, a steep front") << 0.008 << 1024;
  }

  void agrees_with_cole_and_hopf() {
    QFETCH(double, nu);
    QFETCH(int, points);
    const int frames = 4;
    const auto u = BurgersSolver(points, nu).solve(sine(points), 1.0, frames);
    double error = 0;
    for (int f = 0; f < frames; ++f)
      for (int j = 0; j < points; ++j)
        error =
            std::max(error, std::abs(u[f * points + j] - cole_hopf(double(j) / points, (f + 1) / 4.0, nu)));
    qInfo("nu = %g on %d points: largest error %.2e", nu, points, error);
    QVERIFY(error < 1e-6);  // of values up to 1; asked for
  }

  void the_mean_is_kept_and_energy_falls() {
    const int n = 512;
    Fourier field({n});
    fill_torus_field(field.coefficients(), {n}, {625, 5, 2}, {3, 0, 0});
    field.inverse();
    std::vector<double> initial;
    for (auto value : field.points()) initial.push_back(value.real() + 0.25);
    const auto u = BurgersSolver(n, 0.02).solve(initial, 1.0, 10);
    double energy = 1e300;
    for (int f = 0; f < 10; ++f) {
      double mean = 0, square = 0;
      for (int j = 0; j < n; ++j) {
        mean += u[f * n + j] / n;
        square += u[f * n + j] * u[f * n + j] / n;
      }
      QVERIFY2(std::abs(mean - 0.25) < 1e-14, qPrintable(QString::number(mean - 0.25)));
      QVERIFY(square < energy);
      energy = square;
    }
  }

  void the_initial_values_have_their_covariance() {
    const int n = 64, count = 4000;
    Fourier field({n});
    double square = 0, neighbour = 0, expected = 0, expected_neighbour = 0;
    for (int k = 1; k < n / 2; ++k) {
      const double eigenvalue = 2 * 625 / std::pow(4 * pi * pi * k * k + 25, 2);
      expected += eigenvalue;
      expected_neighbour += eigenvalue * std::cos(2 * pi * k / 8.0);
    }
    for (int s = 0; s < count; ++s) {
      fill_torus_field(field.coefficients(), {n}, {625, 5, 2}, {1, 0, std::uint32_t(s)});
      field.inverse();
      const auto u = field.points();
      for (int j = 0; j < n; ++j) {
        QVERIFY(std::abs(u[j].imag()) < 1e-13);
        square += u[j].real() * u[j].real() / (n * count);
        neighbour += u[j].real() * u[(j + n / 8) % n].real() / (n * count);
      }
    }
    // The deviation of a variance of 4000 samples of few modes is 2 %.
    QVERIFY(std::abs(square / expected - 1) < 0.08);
    QVERIFY(std::abs(neighbour - expected_neighbour) < 0.08 * expected);
  }

  void numbers_do_not_depend_on_threads_or_on_the_number_of_samples() {
    BurgersSpec spec{32, 5, 42, 0, 0.1, 0.2, 1};
    const auto one = solve_burgers(spec, {}, 1), three = solve_burgers(spec, {}, 3);
    QVERIFY(one.input == three.input);
    QVERIFY(one.target == three.target);
    spec.samples = 2;
    const auto fewer = solve_burgers(spec);
    QVERIFY(std::equal(fewer.target.begin(), fewer.target.end(), one.target.begin()));
    spec.stream = 1;
    QVERIFY(solve_burgers(spec).input != fewer.input);
  }

  void another_grid_shows_the_same_solution() {
    const auto coarse = solve_burgers({64, 2, 7, 0, 0.1, 0.5, 1}),
               fine = solve_burgers({512, 2, 7, 0, 0.1, 0.5, 1});
    // Inputs differ by the modes above 128 that only the finer grid has, targets hardly at all.
    for (int s = 0; s < 2; ++s)
      for (int j = 0; j < 64; ++j) {
        QVERIFY(std::abs(coarse.input[s * 64 + j] - fine.input[s * 512 + j * 8]) < 0.02);
        QVERIFY(std::abs(coarse.target[s * 64 + j] - fine.target[s * 512 + j * 8]) < 1e-4);
      }
  }

  void space_and_time_end_in_the_last_line() {
    const auto plane = solve_burgers({32, 2, 7, 0, 0.1, 1.0, 8}),
               line = solve_burgers({32, 2, 7, 0, 0.1, 1.0, 1});
    QCOMPARE(plane.target.size(), std::size_t{2 * 8 * 32});
    for (int s = 0; s < 2; ++s)
      for (int j = 0; j < 32; ++j) {
        QVERIFY(std::abs(plane.target[(s * 8 + 7) * 32 + j] - line.target[s * 32 + j]) < 1e-6);
        for (int f = 0; f < 8; ++f) QCOMPARE(plane.input[(s * 8 + f) * 32 + j], line.input[s * 32 + j]);
      }
  }

  void can_be_cancelled_in_the_middle_of_a_sample() {
    std::atomic<bool> cancel{false};
    const std::jthread later([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      cancel = true;
    });
    QVERIFY_EXCEPTION_THROWN(solve_burgers({8192, 1, 0, 0, 1e-4, 100, 1}, {nullptr, &cancel}), Cancelled);
  }

  void says_how_long_it_will_take() {
    std::atomic<bool> cancel{false};
    QString told;
    Progress progress{[&](double, const std::string& what) {
                        told = QString::fromStdString(what);
                        cancel = true;
                      },
                      &cancel};
    QVERIFY_EXCEPTION_THROWN(solve_burgers({1024, 50000, 0, 0, 0.1, 1, 1}, progress), Cancelled);
    QVERIFY2(told.contains(QRegularExpression("sample \\d of 50000, about \\d+ (s|min|h) left")),
             qPrintable(told));
  }

  void refuses_what_is_out_of_range() {
    const auto refused = [](BurgersSpec spec) -> std::string {
      try {
        solve_burgers(spec);
      } catch (const FieldError& error) {
        return error.path();
      }
      return "accepted";
    };
    QCOMPARE(refused({4, 1}), std::string("resolution"));
    QCOMPARE(refused({64, 0}), std::string("samples"));
    QCOMPARE(refused({64, 1, 0, 0, 0.0}), std::string("viscosity"));
    QCOMPARE(refused({64, 1, 0, 0, std::nan("")}), std::string("viscosity"));
    QCOMPARE(refused({64, 1, 0, 0, 0.1, -1.0}), std::string("time"));
    QCOMPARE(refused({64, 1, 0, 0, 0.1, 1.0, 0}), std::string("frames"));
  }

  void speed() {
    QElapsedTimer timer;
    timer.start();
    solve_burgers({256, 20, 1, 0, 0.1, 1, 1});
    qInfo("20 samples of 256 in %lld ms", static_cast<long long>(timer.elapsed()));
  }
};

QTEST_GUILESS_MAIN(BurgersTest)
#include "burgers_test.moc"
