#include "datasets/generators/navier_stokes.h"

#include "core/error.h"
#include "datasets/generators/fourier.h"
#include "datasets/generators/navier_stokes_solver.h"
#include "datasets/generators/torus_field.h"

#include <QtTest/QtTest>

#include <numeric>
#include <thread>

using namespace halfwave;
using namespace halfwave::datasets;

namespace {

constexpr double pi = 3.14159265358979323846;

template <typename Function>
std::vector<double> sampled(int n, Function f) {
  std::vector<double> values(n * n);
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) values[i * n + j] = f(double(i) / n, double(j) / n);
  return values;
}

double difference(const std::vector<double>& a, const std::vector<double>& b) {
  double error = 0, norm = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    error += (a[i] - b[i]) * (a[i] - b[i]);
    norm += b[i] * b[i];
  }
  return std::sqrt(error / norm);
}

void start_from_random(NavierStokesSolver& solver, int n, std::uint64_t seed) {
  std::vector<std::complex<double>> modes(n * n);
  fill_torus_field(modes, {n, n}, {686, 7, 2.5}, {seed, 0, 0});
  solver.set_modes(modes);
}

}  // namespace

class NavierStokesTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  // Vortices of one |k| do not carry each other: the vorticity decays as exp(−ν|k|²t).
  void taylor_green_vortices_decay_data() {
    QTest::addColumn<double>("nu");
    QTest::addColumn<double>("time");
    QTest::newRow("0.01") << 0.01 << 1.0;
    QTest::newRow("0.001") << 0.001 << 10.0;
    QTest::newRow("0.00001") << 0.00001 << 2.0;
  }
  void taylor_green_vortices_decay() {
    QFETCH(double, nu);
    QFETCH(double, time);
    const int n = 64;
    const auto vortices =
        sampled(n, [](double x, double y) { return 4 * pi * std::cos(2 * pi * x) * std::cos(2 * pi * y); });
    NavierStokesSolver solver(n, nu);
    solver.set_values(vortices);
    solver.advance(time);
    auto expected = vortices;
    for (double& w : expected) w *= std::exp(-nu * 8 * pi * pi * time);
    const double error = difference(solver.vorticity(), expected);
    qInfo("nu = %g, t = %g: relative error %.2e in %ld steps", nu, time, error, solver.steps());
    QVERIFY(error < 1e-6);
  }

  // A wave of one |k| does not carry itself; a forcing of ν|k|² times it keeps it as it is.
  void a_steady_forced_flow_stays() {
    const int n = 32;
    const double nu = 0.02;
    const auto wave =
        sampled(n, [](double x, double y) { return 10 * std::sin(2 * pi * x) * std::sin(4 * pi * y); });
    auto forcing = wave;
    for (double& f : forcing) f *= nu * 20 * pi * pi;
    NavierStokesSolver solver(n, nu, forcing);
    solver.set_values(wave);
    solver.advance(1.0);
    QVERIFY(difference(solver.vorticity(), wave) < 1e-12);
  }

  // Without viscosity energy and enstrophy are kept; what the method loses falls with the third power of the
  // step.
  void energy_and_enstrophy_are_kept_without_viscosity() {
    const int n = 64;
    double before = 0;
    for (const double courant : {1.0, 0.5, 0.25}) {
      NavierStokesSolver solver(n, 0.0);
      start_from_random(solver, n, 5);
      const double energy = solver.energy(), enstrophy = solver.enstrophy();
      solver.advance(2.0, {}, courant);
      const double lost = std::abs(solver.energy() / energy - 1),
                   lost2 = std::abs(solver.enstrophy() / enstrophy - 1);
      qInfo("courant %g: energy changes by %.2e, enstrophy by %.2e in %ld steps", courant, lost, lost2,
            solver.steps());
      if (courant == 0.25) QVERIFY(lost < 1e-7 && lost2 < 1e-6);
      // Order three, seen with some room: 2³ = 8.
      if (before > 1e-10) QVERIFY2(before / lost2 > 6, qPrintable(QString::number(before / lost2)));
      before = lost2;
    }
  }

  void energy_falls_by_twice_viscosity_times_enstrophy() {
    const int n = 64;
    const double nu = 1e-3;
    NavierStokesSolver solver(n, nu);
    start_from_random(solver, n, 5);
    // dE/dt = −2ν Ω with Ω = mean of w²/2, by Simpson's rule over ten short spans.
    const double energy = solver.energy();
    double lost = 0;
    for (int i = 0; i < 10; ++i) {
      const double a = solver.enstrophy();
      solver.advance(0.05, {}, 0.25);
      const double b = solver.enstrophy();
      solver.advance(0.05, {}, 0.25);
      lost += 2 * nu * 0.1 * (a + 4 * b + solver.enstrophy()) / 6;
    }
    QVERIFY2(std::abs((energy - solver.energy()) / lost - 1) < 1e-6,
             qPrintable(QString::number((energy - solver.energy()) / lost - 1)));
  }

  void a_finer_grid_and_a_shorter_step_agree() {
    const auto forced = [](int n, double courant) {
      NavierStokesSolver solver(n, 1e-3, flow_forcing(FlowForcing::paper, n));
      std::vector<std::complex<double>> all(n * n), small(32 * 32);
      fill_torus_field(small, {32, 32}, {686, 7, 2.5}, {5, 0, 0});
      for (int i = 0; i < 32; ++i)
        for (int j = 0; j < 32; ++j)
          all[(wave_number(i, 32) + n) % n * n + (wave_number(j, 32) + n) % n] = small[i * 32 + j];
      solver.set_modes(all);
      solver.advance(5.0, {}, courant);
      return solver.vorticity();
    };
    const auto usual = forced(64, 1.0), shorter = forced(64, 0.25), fine = forced(128, 1.0);
    std::vector<double> thinned;
    for (int i = 0; i < 128; i += 2)
      for (int j = 0; j < 128; j += 2) thinned.push_back(fine[i * 128 + j]);
    qInfo("step: %.2e, grid: %.2e", difference(usual, shorter), difference(usual, thinned));
    QVERIFY(difference(usual, shorter) < 1e-4);
    QVERIFY(difference(usual, thinned) < 1e-3);  // what the usual grid's modes do not hold
  }

  void samples_have_mean_zero_and_do_not_depend_on_threads() {
    for (const auto forcing : {FlowForcing::paper, FlowForcing::kolmogorov, FlowForcing::none}) {
      NavierStokesSpec spec{16, 3, 42, 0, 1e-2, 0.5, 2, forcing};
      const auto one = solve_navier_stokes(spec, {}, 1), three = solve_navier_stokes(spec, {}, 3);
      QCOMPARE(one.input.size(), std::size_t{3 * 256});
      QCOMPARE(one.target.size(), std::size_t{3 * 2 * 256});
      QVERIFY(one.input == three.input);
      QVERIFY(one.target == three.target);
      for (int frame = 0; frame < 6; ++frame) {
        const auto begin = one.target.begin() + frame * 256;
        const double mean = std::accumulate(begin, begin + 256, 0.0) / 256;
        QVERIFY2(std::abs(mean) < 1e-7, qPrintable(QString::number(mean)));  // fp32 of values up to 1
      }
      spec.frames = 1;
      const auto last = solve_navier_stokes(spec);
      for (int i = 0; i < 256; ++i) QVERIFY(std::abs(last.target[i] - one.target[256 + i]) < 1e-5);
    }
  }

  void the_initial_vorticity_has_its_deviation() {
    NavierStokesSpec spec{32, 100, 1, 0, 1e-2, 1e-6, 1, FlowForcing::none};
    const auto samples = solve_navier_stokes(spec);
    double square = 0, expected = 0;
    for (float w : samples.input) square += double(w) * w / samples.input.size();
    for (int k = -15; k < 16; ++k)
      for (int l = -15; l < 16; ++l)
        if (k != 0 || l != 0) expected += 686 * std::pow(4 * pi * pi * (k * k + l * l) + 49, -2.5);
    qInfo("deviation %.4f, expected %.4f", std::sqrt(square), std::sqrt(expected));
    QVERIFY(std::abs(square / expected - 1) < 0.2);  // a hundred samples of a few modes
  }

  void can_be_cancelled_in_the_middle_of_a_sample() {
    std::atomic<bool> cancel{false};
    std::thread later([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      cancel = true;
    });
    QVERIFY_EXCEPTION_THROWN(solve_navier_stokes({256, 1, 0, 0, 1e-6, 1000, 1}, {nullptr, &cancel}),
                             Cancelled);
    later.join();
  }

  void refuses_what_is_out_of_range() {
    const auto refused = [](NavierStokesSpec spec) -> std::string {
      try {
        solve_navier_stokes(spec);
      } catch (const FieldError& error) {
        return error.path();
      }
      return "accepted";
    };
    QCOMPARE(refused({4, 1}), std::string("resolution"));
    QCOMPARE(refused({64, 0}), std::string("samples"));
    QCOMPARE(refused({1024, 100000}), std::string("samples"));
    QCOMPARE(refused({64, 1, 0, 0, 0.0}), std::string("viscosity"));
    QCOMPARE(refused({64, 1, 0, 0, 0.1, INFINITY}), std::string("time"));
    QCOMPARE(refused({64, 1, 0, 0, 0.1, 1.0, 1000}), std::string("frames"));
  }

  void speed() {
    QElapsedTimer timer;
    timer.start();
    solve_navier_stokes({64, 4, 1});
    qInfo("4 samples of 64×64 to t = 10 in %lld ms", static_cast<long long>(timer.elapsed()));
  }
};

QTEST_GUILESS_MAIN(NavierStokesTest)
#include "navier_stokes_test.moc"
