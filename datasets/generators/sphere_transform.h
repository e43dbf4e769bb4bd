#pragma once

#include <complex>
#include <memory>
#include <span>
#include <vector>

namespace halfwave::datasets {

/// Spherical harmonics on a Gauss–Legendre grid of n latitudes (row 0 the most northern) and 2n longitudes
/// (2πj/2n), with total wave numbers up to (2n − 1)/3, so that products of two fields do not alias. A real
/// field is Σ_lm c_lm P_lm(sin φ) e^{imλ} over m = −l … l, the mean of |P_lm|² on the sphere being 1: c_00 is
/// the field's mean. Only m ≥ 0 is stored, place `index(l, m)`. Lengths are in units of the radius. Vectors
/// (u, v), east and north, are given times cos φ. One thread uses an object at a time.
class SphereTransform {
 public:
  using Spectrum = std::vector<std::complex<double>>;
  using Grid = std::vector<double>;

  explicit SphereTransform(int latitudes);
  ~SphereTransform();

  int truncation() const;
  std::size_t modes() const;
  std::size_t points() const;
  /// 0 ≤ m ≤ l ≤ truncation
  std::size_t index(int l, int m) const;
  /// l(l + 1) of each mode.
  const std::vector<double>& eigenvalues() const;
  std::span<const double> sines() const;    ///< sin φ of each latitude
  std::span<const double> weights() const;  ///< of the latitudes; their sum is 1

  /// Two fields at once cost as much as one.
  void synthesise(const Spectrum& a, const Spectrum& b, Grid& first, Grid& second) const;
  void analyse(const Grid& first, const Grid& second, Spectrum& a, Spectrum& b) const;

  /// The wind (u cos φ, v cos φ) of a vorticity and a divergence.
  void wind(const Spectrum& vorticity, const Spectrum& divergence, Grid& east, Grid& north) const;
  /// Divergence and curl of (east, north)/cos φ.
  void derivatives(const Grid& east, const Grid& north, Spectrum& divergence, Spectrum& curl) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Nodes from +1 down to −1 and weights of sum 1 of Gauss and Legendre's rule for the mean over [−1, 1].
void gauss_legendre(int count, std::vector<double>& nodes, std::vector<double>& weights);

}  // namespace halfwave::datasets
