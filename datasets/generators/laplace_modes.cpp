#include "datasets/generators/laplace_modes.h"

#include "datasets/generators/fourier.h"
#include "datasets/generators/philox.h"

#include <algorithm>

namespace halfwave::datasets {
namespace {

using Complex = std::complex<double>;
constexpr double pi = std::numbers::pi;
/// Random numbers of another purpose than those of the other fields.
constexpr std::uint32_t purpose = 2;

}  // namespace

/// Dirichlet conditions are periodic ones on a square of twice the length, where the field goes on as an odd
/// function.
struct LaplaceModes::Impl {
  Impl(int points, Boundary boundary_of)
      : n(points),
        boundary(boundary_of),
        size(boundary_of == Boundary::dirichlet ? 2 * points : points),
        fourier({size, size}),
        modes(static_cast<std::size_t>(size) * size) {}

  int n;
  Boundary boundary;
  int size;  ///< points along an axis of the periodic field
  Fourier fourier;
  std::vector<Complex> modes;

  double eigenvalue(int row, int column) const {
    const double length = static_cast<double>(size) / n;
    const double k = wave_number(row, size), l = wave_number(column, size);
    return 4.0 * pi * pi * (k * k + l * l) / (length * length);
  }

  Complex& at(int k, int l) {
    return modes[static_cast<std::size_t>((k + size) % size) * size + (l + size) % size];
  }

  /// The two modes of √2 sin(πkx) at x = (j+½)/n: e^{2πi k j/2n} and its conjugate.
  Complex half_sine(int k) const { return std::polar(std::numbers::sqrt2 / 2.0, pi * k / size - pi / 2.0); }

  void random_sines(const TorusCovariance& covariance, const SampleKey& key) {
    std::fill(modes.begin(), modes.end(), 0.0);
    for (int k = 1; k < n; ++k)
      for (int l = 1; l < n; ++l) {
        const auto place = static_cast<std::uint32_t>(k) << 16 | static_cast<std::uint32_t>(l);
        const double normal = philox_normals({place, key.sample, key.stream, purpose}, key.seed)[0];
        const double square =
            pi * pi * (double{1} * k * k + double{1} * l * l) + covariance.tau * covariance.tau;
        const double a = normal * std::sqrt(covariance.scale * std::pow(square, -covariance.power));
        const Complex x = half_sine(k), y = half_sine(l);
        at(k, l) = a * x * y;
        at(k, -l) = a * x * std::conj(y);
        at(-k, l) = a * std::conj(x) * y;
        at(-k, -l) = a * std::conj(x * y);
      }
  }
};

LaplaceModes::LaplaceModes(int points, Boundary boundary) : impl_(std::make_unique<Impl>(points, boundary)) {}

LaplaceModes::~LaplaceModes() = default;

void LaplaceModes::set_values(std::span<const double> values) {
  Impl& self = *impl_;
  const auto points = self.fourier.points();
  for (int i = 0; i < self.size; ++i)
    for (int j = 0; j < self.size; ++j) {
      const int row = i < self.n ? i : self.size - 1 - i, column = j < self.n ? j : self.size - 1 - j;
      const double sign = (i < self.n) == (j < self.n) ? 1.0 : -1.0;
      points[static_cast<std::size_t>(i) * self.size + j] =
          sign * values[static_cast<std::size_t>(row) * self.n + column];
    }
  self.fourier.forward();
  std::copy(self.fourier.coefficients().begin(), self.fourier.coefficients().end(), self.modes.begin());
}

void LaplaceModes::set_random(const TorusCovariance& covariance, const SampleKey& key) {
  Impl& self = *impl_;
  if (self.boundary == Boundary::dirichlet)
    self.random_sines(covariance, key);
  else
    fill_torus_field(self.modes, {self.size, self.size}, covariance, key);
}

std::vector<double> LaplaceModes::values(const std::function<double(double)>& factor) const {
  Impl& self = *impl_;
  const auto all = self.fourier.coefficients();
  for (int i = 0; i < self.size; ++i)
    for (int j = 0; j < self.size; ++j) {
      const std::size_t place = static_cast<std::size_t>(i) * self.size + j;
      all[place] = place == 0 ? 0.0 : factor(self.eigenvalue(i, j)) * self.modes[place];
    }
  self.fourier.inverse();
  std::vector<double> result;
  for (int i = 0; i < self.n; ++i)
    for (int j = 0; j < self.n; ++j)
      result.push_back(self.fourier.points()[static_cast<std::size_t>(i) * self.size + j].real());
  return result;
}

}  // namespace halfwave::datasets
