#pragma once

#include <cstdint>
#include <vector>

namespace halfwave::datasets {

/// Which random function: the same numbers give the same function on every grid and machine.
struct SampleKey {
  std::uint64_t seed = 0;
  std::uint32_t stream = 0;  ///< sets drawn from different streams are independent
  std::uint32_t sample = 0;
};

/// Samples of a Gaussian random field on the unit square with mean 0, covariance (−Δ + τ²)^(−2) and Neumann
/// conditions, seen at the cell centres ((i+½)/n, (j+½)/n):
///   u(x, y) = Σ ξ_kl φ_k(x) φ_l(y) / (π²(k² + l²) + τ²),   φ_0 = 1, φ_k(x) = √2 cos(πkx), ξ ~ N(0, 1).
/// The constant mode is left out, as in the data of Li et al. (2021): every sample has mean 0. The sum goes
/// over `modes`² terms whatever the grid is.
class GaussianRandomField {
 public:
  static constexpr int modes = 128;

  explicit GaussianRandomField(int resolution, double tau = 3.0);
  /// Values, row-major, first axis x. Safe to call from several threads.
  std::vector<double> sample(const SampleKey& key) const;

 private:
  int resolution_;
  double tau_;
  std::vector<double> basis_;  ///< (modes, resolution): φ_k at the cell centres
};

}  // namespace halfwave::datasets
