#include "datasets/generators/sphere_transform.h"

#include "datasets/generators/fourier.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace halfwave::datasets {

using Complex = std::complex<double>;

void gauss_legendre(int count, std::vector<double>& nodes, std::vector<double>& weights) {
  nodes.resize(count);
  weights.resize(count);
  for (int i = 0; i < count; ++i) {
    double x = std::cos(std::numbers::pi * (i + 0.75) / (count + 0.5)), slope = 1.0;
    for (int iteration = 0; iteration < 20; ++iteration) {
      double before = 1.0, value = x;  // P_{l−1}, P_l
      for (int l = 2; l <= count; ++l) {
        const double next = ((2 * l - 1) * x * value - (l - 1) * before) / l;
        before = value;
        value = next;
      }
      slope = count * (before - x * value) / (1.0 - x * x);
      const double step = value / slope;
      x -= step;
      if (std::abs(step) < 1e-15) break;
    }
    nodes[i] = x;
    weights[i] = 1.0 / ((1.0 - x * x) * slope * slope);
  }
}

/// Fourier coefficients by latitude are kept as (m, half latitude) of sums and differences of the
/// hemispheres: P_lm is even in φ where l + m is, its derivative where l + m is not.
struct SphereTransform::Impl {
  explicit Impl(int latitudes)
      : n(latitudes),
        half((latitudes + 1) / 2),
        top((2 * latitudes - 1) / 3),
        fourier({2 * latitudes}, latitudes) {
    gauss_legendre(n, sines, weights);
    for (int m = 0; m <= top; ++m) starts.push_back(m == 0 ? 0 : starts[m - 1] + top + 2 - m);
    count = starts[top] + 1;
    legendre.resize(count * half);
    slopes.resize(count * half);
    eigenvalues.resize(count);
    for (int m = 0; m <= top; ++m)
      for (int l = m; l <= top; ++l) eigenvalues[starts[m] + l - m] = static_cast<double>(l) * (l + 1);
    for (int i = 0; i < half; ++i) fill(i);
    for (auto& parts : work) parts.resize(static_cast<std::size_t>(top + 1) * half);
  }

  int n, half, top;
  mutable Fourier fourier;
  std::vector<double> sines, weights, eigenvalues;
  std::vector<std::size_t> starts;  ///< place of (m, m)
  std::size_t count = 0;
  std::vector<double> legendre, slopes;  ///< (mode, half latitude): P_lm and cos φ dP_lm/dφ
  /// Even and odd part of the first field, then of the second.
  mutable std::vector<Complex> work[4];

  static double epsilon(int l, int m) {
    return std::sqrt((static_cast<double>(l) * l - static_cast<double>(m) * m) / (4.0 * l * l - 1.0));
  }

  void fill(int i) {
    const double x = sines[i], cosine = std::sqrt(1.0 - x * x);
    std::vector<double> p(top + 2);
    double diagonal = 1.0;
    for (int m = 0; m <= top; ++m) {
      if (m > 0) diagonal *= cosine * std::sqrt((2.0 * m + 1.0) / (2.0 * m));
      p[m] = diagonal;
      for (int l = m + 1; l <= top + 1; ++l)
        p[l] = (x * p[l - 1] - (l > m + 1 ? epsilon(l - 1, m) * p[l - 2] : 0.0)) / epsilon(l, m);
      for (int l = m; l <= top; ++l) {
        const std::size_t place = (starts[m] + l - m) * half + i;
        legendre[place] = p[l];
        slopes[place] = (l > m ? (l + 1) * epsilon(l, m) * p[l - 1] : 0.0) - l * epsilon(l + 1, m) * p[l + 1];
      }
    }
  }

  void clear() const {
    for (auto& parts : work) std::fill(parts.begin(), parts.end(), 0.0);
  }

  /// Adds c · row of a table to a field's parts.
  void add(Complex c, const double* row, int m, std::vector<Complex>& parts) const {
    Complex* target = parts.data() + static_cast<std::size_t>(m) * half;
    for (int i = 0; i < half; ++i) target[i] += c * row[i];
  }
  Complex sum(const double* row, int m, const std::vector<Complex>& parts) const {
    const Complex* source = parts.data() + static_cast<std::size_t>(m) * half;
    Complex result = 0.0;
    for (int i = 0; i < half; ++i) result += source[i] * row[i];
    return result;
  }

  template <typename Visit>
  void for_modes(Visit visit) const {
    for (int m = 0; m <= top; ++m)
      for (int l = m; l <= top; ++l) {
        const std::size_t mode = starts[m] + l - m;
        visit(mode, m, (l + m) % 2, legendre.data() + mode * half, slopes.data() + mode * half);
      }
  }

  /// The parts in `work` become two fields on the grid, the real and the imaginary part of one transform.
  void to_grid(Grid& first, Grid& second) const {
    const auto all = fourier.coefficients();
    std::fill(all.begin(), all.end(), 0.0);
    const int width = 2 * n;
    for (int m = 0; m <= top; ++m)
      for (int i = 0; i < half; ++i) {
        const std::size_t at = static_cast<std::size_t>(m) * half + i;
        for (const int sign : {1, -1}) {
          const double s = sign;
          const Complex a = work[0][at] + s * work[1][at], b = work[2][at] + s * work[3][at];
          Complex* row = all.data() + static_cast<std::size_t>(sign > 0 ? i : n - 1 - i) * width;
          row[m] = a + Complex(0.0, 1.0) * b;
          if (m > 0) row[width - m] = std::conj(a) + Complex(0.0, 1.0) * std::conj(b);
        }
      }
    fourier.inverse();
    const auto values = fourier.points();
    first.resize(values.size());
    second.resize(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      first[i] = values[i].real();
      second[i] = values[i].imag();
    }
  }

  /// The reverse; parts are weighted for sums over half of the latitudes.
  void from_grid(const Grid& first, const Grid& second) const {
    const auto values = fourier.points();
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = Complex(first[i], second[i]);
    fourier.forward();
    const auto all = fourier.coefficients();
    const int width = 2 * n;
    for (int m = 0; m <= top; ++m)
      for (int i = 0; i < half; ++i) {
        Complex a[2], b[2];
        for (const int south : {0, 1}) {
          const Complex* row = all.data() + static_cast<std::size_t>(south ? n - 1 - i : i) * width;
          const Complex here = row[m], there = std::conj(row[(width - m) % width]);
          a[south] = 0.5 * (here + there);
          b[south] = Complex(0.0, -0.5) * (here - there);
        }
        const std::size_t at = static_cast<std::size_t>(m) * half + i;
        const double weight = 2 * i + 1 == n ? 0.5 * weights[i] : weights[i];  // the equator is one row
        work[0][at] = weight * (a[0] + a[1]);
        work[1][at] = weight * (a[0] - a[1]);
        work[2][at] = weight * (b[0] + b[1]);
        work[3][at] = weight * (b[0] - b[1]);
      }
  }
};

SphereTransform::SphereTransform(int latitudes) : impl_(std::make_unique<Impl>(latitudes)) {}
SphereTransform::~SphereTransform() = default;

int SphereTransform::truncation() const {
  return impl_->top;
}
std::size_t SphereTransform::modes() const {
  return impl_->count;
}
std::size_t SphereTransform::points() const {
  return static_cast<std::size_t>(impl_->n) * 2 * impl_->n;
}
std::size_t SphereTransform::index(int l, int m) const {
  return impl_->starts[m] + l - m;
}
const std::vector<double>& SphereTransform::eigenvalues() const {
  return impl_->eigenvalues;
}
std::span<const double> SphereTransform::sines() const {
  return impl_->sines;
}
std::span<const double> SphereTransform::weights() const {
  return impl_->weights;
}

void SphereTransform::synthesise(const Spectrum& a, const Spectrum& b, Grid& first, Grid& second) const {
  const Impl& self = *impl_;
  self.clear();
  self.for_modes([&](std::size_t mode, int m, int odd, const double* p, const double*) {
    self.add(a[mode], p, m, self.work[odd]);
    self.add(b[mode], p, m, self.work[2 + odd]);
  });
  self.to_grid(first, second);
}

void SphereTransform::analyse(const Grid& first, const Grid& second, Spectrum& a, Spectrum& b) const {
  const Impl& self = *impl_;
  self.from_grid(first, second);
  a.resize(self.count);
  b.resize(self.count);
  self.for_modes([&](std::size_t mode, int m, int odd, const double* p, const double*) {
    a[mode] = self.sum(p, m, self.work[odd]);
    b[mode] = self.sum(p, m, self.work[2 + odd]);
  });
}

// With stream function ψ = ∇⁻²ζ and potential χ = ∇⁻²δ: u cos φ = ∂χ/∂λ − cos φ ∂ψ/∂φ, v cos φ = ∂ψ/∂λ +
// cos φ ∂χ/∂φ.
void SphereTransform::wind(const Spectrum& vorticity, const Spectrum& divergence, Grid& east,
                           Grid& north) const {
  const Impl& self = *impl_;
  self.clear();
  self.for_modes([&](std::size_t mode, int m, int odd, const double* p, const double* h) {
    if (mode == 0) return;
    const Complex psi = -vorticity[mode] / self.eigenvalues[mode];
    const Complex chi = -divergence[mode] / self.eigenvalues[mode];
    const Complex turn(0.0, m);
    self.add(turn * chi, p, m, self.work[odd]);
    self.add(-psi, h, m, self.work[1 - odd]);
    self.add(turn * psi, p, m, self.work[2 + odd]);
    self.add(chi, h, m, self.work[3 - odd]);
  });
  self.to_grid(east, north);
}

// By parts in latitude: no derivative of the fields is taken.
void SphereTransform::derivatives(const Grid& east, const Grid& north, Spectrum& divergence,
                                  Spectrum& curl) const {
  const Impl& self = *impl_;
  self.from_grid(east, north);
  for (int m = 0; m <= self.top; ++m)
    for (int i = 0; i < self.half; ++i)
      for (auto& parts : self.work)
        parts[static_cast<std::size_t>(m) * self.half + i] /= 1.0 - self.sines[i] * self.sines[i];
  divergence.resize(self.count);
  curl.resize(self.count);
  self.for_modes([&](std::size_t mode, int m, int odd, const double* p, const double* h) {
    const Complex turn(0.0, m);
    divergence[mode] = turn * self.sum(p, m, self.work[odd]) - self.sum(h, m, self.work[3 - odd]);
    curl[mode] = turn * self.sum(p, m, self.work[2 + odd]) + self.sum(h, m, self.work[1 - odd]);
  });
}

}  // namespace halfwave::datasets
