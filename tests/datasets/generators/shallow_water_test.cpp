#include "datasets/generators/shallow_water.h"

#include "core/error.h"
#include "datasets/generators/shallow_water_solver.h"

#include <QtTest/QtTest>

#include <numeric>

using namespace halfwave;
using namespace halfwave::datasets;

namespace {

constexpr double pi = 3.14159265358979323846;
constexpr double day = 2 * pi * 86400 / 86164.0;  // in units of the inverse angular velocity
using Grid = SphereTransform::Grid;
using Spectrum = SphereTransform::Spectrum;

template <typename Function>
Grid sampled(const SphereTransform& sphere, Function f) {
  const int n = static_cast<int>(sphere.sines().size());
  Grid values;
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < 2 * n; ++j) values.push_back(f(sphere.sines()[i], pi * j / n));
  return values;
}

double largest(const Grid& a, const Grid& b) {
  double error = 0;
  for (std::size_t i = 0; i < a.size(); ++i) error = std::max(error, std::abs(a[i] - b[i]));
  return error;
}

/// Williamson et al. (1992), test case 2: solid rotation about an axis tilted by α, in balance.
struct SteadyFlow {
  double alpha;
  double u0 = 2 * pi / (12 * day);
  double phi0 = 2.94e4 / (464.59 * 464.59);
  double height(double sine, double lambda) const {
    return -std::cos(lambda) * std::sqrt(1 - sine * sine) * std::sin(alpha) + sine * std::cos(alpha);
  }
  double geopotential(double sine, double lambda) const {
    return phi0 - (u0 + u0 * u0 / 2) * std::pow(height(sine, lambda), 2);
  }
  double vorticity(double sine, double lambda) const { return 2 * u0 * height(sine, lambda); }
};

/// Relative L2 error of the geopotential and largest error of the vorticity over its greatest value.
std::pair<double, double> steady_error(int n, double alpha, double days, double diffusion) {
  const SteadyFlow flow{alpha};
  ShallowWaterSolver solver(n, diffusion, alpha);
  const auto& sphere = solver.transform();
  const Grid phi = sampled(sphere, [&](double s, double l) { return flow.geopotential(s, l); });
  const Grid zeta = sampled(sphere, [&](double s, double l) { return flow.vorticity(s, l); });
  sphere.analyse(phi, zeta, solver.state.geopotential, solver.state.vorticity);
  solver.advance(days * day);
  Grid phi_then, zeta_then;
  sphere.synthesise(solver.state.geopotential, solver.state.vorticity, phi_then, zeta_then);
  double error = 0, norm = 0;
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < 2 * n; ++j) {
      const std::size_t at = i * 2 * n + j;
      error += sphere.weights()[i] * std::pow(phi_then[at] - phi[at], 2);
      norm += sphere.weights()[i] * std::pow(phi[at], 2);
    }
  return {std::sqrt(error / norm), largest(zeta_then, zeta) / (2 * flow.u0)};
}

}  // namespace

class ShallowWaterTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void gauss_legendre_integrates_polynomials() {
    for (const int n : {2, 3, 8, 33, 64, 256}) {
      std::vector<double> nodes, weights;
      gauss_legendre(n, nodes, weights);
      for (int power = 0; power < std::min(2 * n, 40); ++power) {
        double sum = 0;
        for (int i = 0; i < n; ++i) sum += weights[i] * std::pow(nodes[i], power);
        QVERIFY(std::abs(sum - (power % 2 ? 0 : 1.0 / (power + 1))) < 1e-14);
      }
    }
  }

  void harmonics_have_their_closed_forms() {
    for (const int n : {15, 32}) {  // with a row on the equator, and without
      const SphereTransform sphere(n);
      const auto is = [&](int l, int m, std::complex<double> c, auto expected) {
        Spectrum one(sphere.modes()), none(sphere.modes()), back, rest;
        one[sphere.index(l, m)] = c;
        Grid values, zero;
        sphere.synthesise(one, none, values, zero);
        const Grid closed = sampled(sphere, expected);
        sphere.analyse(closed, zero, back, rest);
        double error = 0;
        for (std::size_t i = 0; i < back.size(); ++i) error = std::max(error, std::abs(back[i] - one[i]));
        return std::max({largest(values, closed), largest(zero, Grid(values.size())), error});
      };
      QVERIFY(is(0, 0, 1.0, [](double, double) { return 1.0; }) < 1e-12);
      QVERIFY(is(1, 0, 1.0, [](double s, double) { return std::sqrt(3.0) * s; }) < 1e-12);
      QVERIFY(is(4, 0, 1.0,
                 [](double s, double) { return 3.0 / 8 * (35 * s * s * s * s - 30 * s * s + 3); }) < 1e-12);
      QVERIFY(is(2, 1, {0, 0.5}, [](double s, double l) {
                return -std::sqrt(7.5) * s * std::sqrt(1 - s * s) * std::sin(l);
              }) < 1e-12);
      QVERIFY(is(3, 3, 0.5, [](double s, double l) {
                return std::sqrt(35.0 / 16) * std::pow(1 - s * s, 1.5) * std::cos(3 * l);
              }) < 1e-12);
    }
  }

  void transforms_are_inverse_to_each_other() {
    const SphereTransform sphere(64);
    Spectrum a(sphere.modes()), b(sphere.modes()), a2, b2;
    for (std::size_t i = 0; i < a.size(); ++i) {
      a[i] = {std::sin(1.0 + i), i <= std::size_t(sphere.truncation()) ? 0 : std::cos(3.0 * i)};
      b[i] = {std::cos(2.0 * i), i <= std::size_t(sphere.truncation()) ? 0 : std::sin(5.0 * i)};
    }
    Grid first, second;
    sphere.synthesise(a, b, first, second);
    sphere.analyse(first, second, a2, b2);
    double error = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
      error = std::max({error, std::abs(a[i] - a2[i]), std::abs(b[i] - b2[i])});
    qInfo("scalars come back within %.2e", error);
    QVERIFY(error < 1e-12);
    // The wind of a vorticity and a divergence has this vorticity and this divergence.
    a[0] = b[0] = 0;
    sphere.wind(a, b, first, second);
    sphere.derivatives(first, second, b2, a2);
    error = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
      error = std::max({error, std::abs(a[i] - a2[i]), std::abs(b[i] - b2[i])});
    qInfo("vectors come back within %.2e", error);
    QVERIFY(error < 1e-12);
  }

  void solid_rotation_is_the_wind_of_its_vorticity() {
    const SphereTransform sphere(32);
    Spectrum zeta(sphere.modes()), none(sphere.modes());
    zeta[sphere.index(1, 0)] = 2 / std::sqrt(3.0);  // 2 sin φ
    Grid east, north;
    sphere.wind(zeta, none, east, north);
    QVERIFY(largest(east, sampled(sphere, [](double s, double) { return 1 - s * s; })) < 1e-13);  // cos²φ
    QVERIFY(largest(north, Grid(north.size())) < 1e-13);
  }

  // Five days, as the test asks for; without hyperdiffusion, and with that of the generator.
  void williamson_2_stays_steady() {
    for (const double alpha : {0.0, pi / 4, pi / 2 - 0.05}) {
      const auto [phi, zeta] = steady_error(32, alpha, 5, 0);
      qInfo("tilt %.2f: geopotential within %.2e, vorticity within %.2e", alpha, phi, zeta);
      QVERIFY(phi < 1e-10 && zeta < 1e-9);
    }
    const auto [phi, zeta] = steady_error(64, 0, 5, 1 / (0.25 * day));
    qInfo("with hyperdiffusion: geopotential within %.2e, vorticity within %.2e", phi, zeta);
    QVERIFY(phi < 1e-3 && zeta < 1e-3);
  }

  void mass_is_kept_and_energy_nearly() {
    ShallowWaterSolver solver(32);
    const auto& sphere = solver.transform();
    for (int l = 1; l < 8; ++l)
      for (int m = 0; m <= l; ++m)
        solver.state.vorticity[sphere.index(l, m)] = {0.02 * std::sin(7.0 * l + m),
                                                      m ? 0.02 * std::cos(l + 3.0 * m) : 0};
    solver.state.divergence[sphere.index(3, 2)] = 0.005;
    solver.state.geopotential = solver.balanced_geopotential(0.136);
    const auto energy = [&] {
      Grid phi, zeta, east, north;
      sphere.synthesise(solver.state.geopotential, solver.state.vorticity, phi, zeta);
      sphere.wind(solver.state.vorticity, solver.state.divergence, east, north);
      double sum = 0, mass = 0;
      for (int i = 0; i < 32; ++i)
        for (int j = 0; j < 64; ++j) {
          const int at = i * 64 + j;
          const double s = sphere.sines()[i];
          const double square = (east[at] * east[at] + north[at] * north[at]) / (1 - s * s);
          sum += sphere.weights()[i] / 64 * (0.5 * phi[at] * square + 0.5 * phi[at] * phi[at]);
          mass += sphere.weights()[i] / 64 * phi[at];
        }
      return std::pair(sum, mass);
    };
    const auto [before, mass_before] = energy();
    solver.advance(2 * day);
    const auto [after, mass_after] = energy();
    qInfo("mass changes by %.2e, energy by %.2e", mass_after / mass_before - 1, after / before - 1);
    QVERIFY(std::abs(mass_after / mass_before - 1) < 1e-12);
    // Energy is kept by the equations, the truncation aside.
    QVERIFY(std::abs(after / before - 1) < 1e-5);
  }

  void samples_are_flows_and_do_not_depend_on_threads() {
    const auto one = solve_shallow_water({16, 3, 42, 0, 12}, {}, 1),
               three = solve_shallow_water({16, 3, 42, 0, 12}, {}, 3);
    QVERIFY(one.input == three.input && one.target == three.target);
    const int n = 16;
    std::vector<double> nodes, weights;
    gauss_legendre(n, nodes, weights);
    for (const auto* values : {&one.input, &one.target})
      for (int channel = 0; channel < 9; ++channel) {
        double mean = 0;
        for (int i = 0; i < n; ++i)
          for (int j = 0; j < 2 * n; ++j)
            mean += weights[i] / (2 * n) * (*values)[(channel * n + i) * 2 * n + j];
        // Rounding to fp32 of values up to one.
        QVERIFY(std::abs(mean - (channel % 3 == 0 ? 1 : 0)) < 1e-7);
      }
    for (std::size_t i = 0; i < one.target.size(); ++i) QVERIFY(std::abs(one.target[i]) < 3);
    QVERIFY(one.input != one.target);
  }

  void the_wind_is_as_stated() {
    const auto samples = solve_shallow_water({32, 40, 1, 0, 0.1});
    double square[3] = {};
    for (std::size_t i = 0; i < samples.input.size(); ++i) {
      const std::size_t channel = i / (32 * 64) % 3;
      square[channel] += std::pow(samples.input[i] - (channel == 0), 2) / (samples.input.size() / 3);
    }
    qInfo("deviations: %.3f, %.3f, %.4f", std::sqrt(square[0]), std::sqrt(square[1]), std::sqrt(square[2]));
    // 7 · (Σ (2l+1) (l(l+1)+36)^−3)^½ = 0.135
    QVERIFY(std::abs(std::sqrt(square[1]) / 0.135 - 1) < 0.15);
    QVERIFY(std::sqrt(square[0]) > 0.01 && std::sqrt(square[0]) < 0.3);
  }

  void refuses_what_is_out_of_range() {
    QVERIFY_EXCEPTION_THROWN(solve_shallow_water({4, 1}), FieldError);
    QVERIFY_EXCEPTION_THROWN(solve_shallow_water({64, 0}), FieldError);
    QVERIFY_EXCEPTION_THROWN(solve_shallow_water({64, 1, 0, 0, 1e9}), FieldError);
    // Water that runs dry is told, not carried on.
    ShallowWaterSolver dry(16);
    dry.state.geopotential[0] = 0.01;
    dry.state.geopotential[dry.transform().index(1, 0)] = 0.1;
    QVERIFY_EXCEPTION_THROWN(dry.advance(1), RunError);
  }

  void speed() {
    QElapsedTimer timer;
    timer.start();
    solve_shallow_water({64, 4, 1});
    qInfo("4 samples of 64×128, 6 h, in %lld ms", static_cast<long long>(timer.elapsed()));
  }
};

QTEST_GUILESS_MAIN(ShallowWaterTest)
#include "shallow_water_test.moc"
