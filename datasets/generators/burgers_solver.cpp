#include "datasets/generators/burgers_solver.h"

#include "datasets/generators/fourier.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace halfwave::datasets {
namespace {

using Complex = std::complex<double>;
using Coefficients = std::vector<Complex>;

/// What one step does to one mode, of λ h = z.
struct ModeStep {
  double full, half;        ///< e^z, e^{z/2}
  double quarter;           ///< h (e^{z/2} − 1)/z
  double first, mid, last;  ///< weights of the four slopes; `mid` serves the second and the third
};

/// The weights as means over a circle around z, where nothing cancels.
ModeStep mode_step(double z, double h) {
  constexpr int points = 32;
  ModeStep step{std::exp(z), std::exp(0.5 * z), 0.0, 0.0, 0.0, 0.0};
  for (int j = 0; j < points; ++j) {
    // The half circle above the axis: the other half gives the conjugate.
    const Complex r = z + std::polar(1.0, std::numbers::pi * (j + 0.5) / points);
    const Complex e = std::exp(r), cube = r * r * r;
    step.quarter += ((std::exp(0.5 * r) - 1.0) / r).real();
    step.first += ((-4.0 - r + e * (4.0 - 3.0 * r + r * r)) / cube).real();
    step.mid += ((2.0 + r + e * (r - 2.0)) / cube).real();
    step.last += ((-4.0 - 3.0 * r - r * r + e * (4.0 - r)) / cube).real();
  }
  for (double* weight : {&step.quarter, &step.first, &step.mid, &step.last}) *weight *= h / points;
  return step;
}

}  // namespace

struct BurgersSolver::Impl {
  Impl(int points, double viscosity_of)
      : n(points), kept((points - 1) / 3), viscosity(viscosity_of), fourier({points}) {
    u.resize(kept + 1);
    for (Coefficients* c : {&a, &b, &c_, &nu, &na, &nb, &nc}) c->resize(kept + 1);
  }

  int n;
  int kept;  ///< the highest mode that is not empty
  double viscosity;
  Fourier fourier;
  Coefficients u, a, b, c_, nu, na, nb, nc;  ///< modes 0 … kept; the others are their conjugates
  std::vector<ModeStep> steps;

  void to_points(const Coefficients& values) {
    const auto target = fourier.coefficients();
    std::fill(target.begin(), target.end(), 0.0);
    target[0] = values[0];
    for (int k = 1; k <= kept; ++k) {
      target[k] = values[k];
      target[n - k] = std::conj(values[k]);
    }
    fourier.inverse();
  }

  /// −½ (u²)_x
  void slope(const Coefficients& values, Coefficients& result) {
    to_points(values);
    for (Complex& value : fourier.points()) value = value.real() * value.real();
    fourier.forward();
    const auto square = fourier.coefficients();
    for (int k = 0; k <= kept; ++k) result[k] = Complex(0.0, -std::numbers::pi * k) * square[k];
  }

  void prepare(double h) {
    steps.clear();
    for (int k = 0; k <= kept; ++k) {
      const double wave = 2.0 * std::numbers::pi * k;
      steps.push_back(mode_step(-viscosity * wave * wave * h, h));
    }
  }

  void step() {
    slope(u, nu);
    for (int k = 0; k <= kept; ++k) a[k] = steps[k].half * u[k] + steps[k].quarter * nu[k];
    slope(a, na);
    for (int k = 0; k <= kept; ++k) b[k] = steps[k].half * u[k] + steps[k].quarter * na[k];
    slope(b, nb);
    for (int k = 0; k <= kept; ++k) c_[k] = steps[k].half * a[k] + steps[k].quarter * (2.0 * nb[k] - nu[k]);
    slope(c_, nc);
    for (int k = 0; k <= kept; ++k)
      u[k] = steps[k].full * u[k] + steps[k].first * nu[k] + 2.0 * steps[k].mid * (na[k] + nb[k]) +
             steps[k].last * nc[k];
  }
};

BurgersSolver::BurgersSolver(int points, double viscosity)
    : impl_(std::make_unique<Impl>(points, viscosity)) {}

BurgersSolver::~BurgersSolver() = default;

std::vector<double> BurgersSolver::solve(std::span<const double> initial, double time, int frames,
                                         const Progress& progress) {
  Impl& self = *impl_;
  double fastest = 0.0;  // |u| does not grow
  const auto points = self.fourier.points();
  for (int j = 0; j < self.n; ++j) {
    points[j] = initial[j];
    fastest = std::max(fastest, std::abs(initial[j]));
  }
  self.fourier.forward();
  std::copy_n(self.fourier.coefficients().begin(), self.kept + 1, self.u.begin());

  const double turning = 2.0 * std::numbers::pi * self.kept * fastest;
  const int count = std::max(16, static_cast<int>(std::ceil(time / frames * turning)));
  self.prepare(time / frames / count);
  std::vector<double> result;
  result.reserve(static_cast<std::size_t>(frames) * self.n);
  for (int frame = 0; frame < frames; ++frame) {
    for (int i = 0; i < count; ++i) {
      if (progress.cancelled()) throw Cancelled();
      self.step();
    }
    self.to_points(self.u);
    for (const Complex& value : self.fourier.points()) result.push_back(value.real());
    if (!std::isfinite(result.back()))
      throw RunError("Burgers' equation could not be solved: the solution is no longer finite.");
  }
  return result;
}

}  // namespace halfwave::datasets
