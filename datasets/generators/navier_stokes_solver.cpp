#include "datasets/generators/navier_stokes_solver.h"

#include "datasets/generators/fourier.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace halfwave::datasets {
namespace {

using Complex = std::complex<double>;
constexpr double pi = std::numbers::pi;

/// Weights of the newest and of the last slope in each stage; their sums are the stages' shares of the step.
constexpr double newest[3] = {8.0 / 15.0, 5.0 / 12.0, 3.0 / 4.0};
constexpr double last[3] = {0.0, -17.0 / 60.0, -5.0 / 12.0};

/// One kept mode with its place among all modes and that of its conjugate. Only one of the two is stored.
struct Mode {
  int at, mirror;
  double kx, ky;  ///< wave vector, with its 2π
  double square;  ///< |k|²
};

}  // namespace

struct NavierStokesSolver::Impl {
  Impl(int points, double viscosity_of)
      : n(points), kept((points - 1) / 3), viscosity(viscosity_of), fourier({points, points}) {
    for (int k = -kept; k <= kept; ++k)
      for (int l = 0; l <= kept; ++l) {
        if (l == 0 && k <= 0) continue;  // mode 0 is 0, the others are conjugates
        Mode mode;
        mode.at = (k + n) % n * n + l;
        mode.mirror = (n - k) % n * n + (n - l) % n;
        mode.kx = 2.0 * pi * k;
        mode.ky = 2.0 * pi * l;
        mode.square = mode.kx * mode.kx + mode.ky * mode.ky;
        modes.push_back(mode);
      }
    for (auto* field : {&w, &slope, &slope_before, &force}) field->assign(modes.size(), 0.0);
  }

  int n;
  int kept;
  double viscosity;
  mutable Fourier fourier;
  std::vector<Mode> modes;
  std::vector<Complex> w, slope, slope_before, force;
  long steps = 0;

  void take(std::vector<Complex>& target) const {
    const auto all = fourier.coefficients();
    for (std::size_t m = 0; m < modes.size(); ++m) target[m] = all[modes[m].at];
  }

  /// The points of the fourier object become v_x + i v_y; the greatest |v_x| + |v_y| is returned.
  double velocity() {
    const auto all = fourier.coefficients();
    std::fill(all.begin(), all.end(), 0.0);
    for (std::size_t m = 0; m < modes.size(); ++m) {
      const Mode& mode = modes[m];
      // v = (ψ_y, −ψ_x) with −Δψ = w; the transform of v_x + i v_y is i(k_y − i k_x) ψ.
      const Complex turn(mode.kx / mode.square, mode.ky / mode.square);
      all[mode.at] = turn * w[m];
      all[mode.mirror] = -turn * std::conj(w[m]);
    }
    fourier.inverse();
    double fastest = 0.0;
    for (const Complex& v : fourier.points())
      fastest = std::max(fastest, std::abs(v.real()) + std::abs(v.imag()));
    return fastest;
  }

  /// f − v·∇w from the velocity at the points, as ∂xy(v_x² − v_y²) − (∂xx − ∂yy)(v_x v_y): both products are
  /// in the square of v_x + i v_y.
  void find_slope() {
    for (Complex& v : fourier.points()) {
      const double x = v.real(), y = v.imag();
      v = Complex(x * x - y * y, x * y);
    }
    fourier.forward();
    const auto all = fourier.coefficients();
    for (std::size_t m = 0; m < modes.size(); ++m) {
      const Mode& mode = modes[m];
      const Complex here = all[mode.at], there = std::conj(all[mode.mirror]);
      const Complex difference = 0.5 * (here + there), product = Complex(0.0, -0.5) * (here - there);
      slope[m] =
          force[m] - mode.kx * mode.ky * difference + (mode.kx * mode.kx - mode.ky * mode.ky) * product;
    }
  }

  void stage(int i, double h) {
    const double half = 0.5 * viscosity * h * (newest[i] + last[i]);
    for (std::size_t m = 0; m < modes.size(); ++m) {
      const double decay = half * modes[m].square;
      w[m] = ((1.0 - decay) * w[m] + h * (newest[i] * slope[m] + last[i] * slope_before[m])) / (1.0 + decay);
    }
    std::swap(slope, slope_before);
  }
};

NavierStokesSolver::NavierStokesSolver(int points, double viscosity, std::span<const double> forcing)
    : impl_(std::make_unique<Impl>(points, viscosity)) {
  if (forcing.empty()) return;
  std::copy(forcing.begin(), forcing.end(), impl_->fourier.points().begin());
  impl_->fourier.forward();
  impl_->take(impl_->force);
}

NavierStokesSolver::~NavierStokesSolver() = default;

void NavierStokesSolver::set_modes(std::span<const Complex> vorticity) {
  std::copy(vorticity.begin(), vorticity.end(), impl_->fourier.coefficients().begin());
  impl_->take(impl_->w);
}

void NavierStokesSolver::set_values(std::span<const double> vorticity) {
  std::copy(vorticity.begin(), vorticity.end(), impl_->fourier.points().begin());
  impl_->fourier.forward();
  impl_->take(impl_->w);
}

void NavierStokesSolver::advance(double time, const Progress& progress, double courant) {
  Impl& self = *impl_;
  const double shortest_wave = 2.0 * pi * self.kept;
  // Crank–Nicolson errs by z³/12 in a step that a wave decays by z in: 2e-6 of each e-fold of the wave (1,
  // 1).
  const double longest = std::min(time, 0.005 / (8.0 * pi * pi * std::max(self.viscosity, 1e-12)));
  double done = 0.0;
  while (done < time) {
    if (progress.cancelled()) throw Cancelled();
    const double fastest = self.velocity();
    if (!std::isfinite(fastest))
      throw RunError("The flow could not be solved: its vorticity is no longer finite.");
    double h = std::min(longest, courant / (shortest_wave * std::max(fastest, 1e-9)));
    // Equal steps to the end, so that none is a tiny rest.
    const double remaining = std::ceil((time - done) / h - 1e-9);
    const bool ends = remaining <= 1.0;
    h = (time - done) / std::max(1.0, remaining);
    for (int i = 0; i < 3; ++i) {
      if (i > 0) self.velocity();
      self.find_slope();
      self.stage(i, h);
    }
    ++self.steps;
    done = ends ? time : done + h;
  }
}

std::vector<double> NavierStokesSolver::vorticity() const {
  Impl& self = *impl_;
  const auto all = self.fourier.coefficients();
  std::fill(all.begin(), all.end(), 0.0);
  for (std::size_t m = 0; m < self.modes.size(); ++m) {
    all[self.modes[m].at] = self.w[m];
    all[self.modes[m].mirror] = std::conj(self.w[m]);
  }
  self.fourier.inverse();
  const auto points = self.fourier.points();
  std::vector<double> values(points.size());
  std::transform(points.begin(), points.end(), values.begin(), [](const Complex& w) { return w.real(); });
  return values;
}

// Sums over half of the modes; the other half doubles them, which the ½ of the definition takes back.
double NavierStokesSolver::energy() const {
  double sum = 0.0;
  for (std::size_t m = 0; m < impl_->modes.size(); ++m)
    sum += std::norm(impl_->w[m]) / impl_->modes[m].square;
  return sum;
}

double NavierStokesSolver::enstrophy() const {
  double sum = 0.0;
  for (const Complex& w : impl_->w) sum += std::norm(w);
  return sum;
}

long NavierStokesSolver::steps() const {
  return impl_->steps;
}

}  // namespace halfwave::datasets
