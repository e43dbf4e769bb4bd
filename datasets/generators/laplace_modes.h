#pragma once

#include "datasets/generators/gaussian_random_field.h"
#include "datasets/generators/torus_field.h"

#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace halfwave::datasets {

enum class Boundary : std::uint8_t {
  dirichlet,  ///< values 0 on the edge of the unit square; points ((i+½)/n, (j+½)/n)
  periodic    ///< the unit torus; points (i/n, j/n)
};

/// A field on the unit square as a sum of eigenfunctions of −Δ: 2 sin πkx sin πly with eigenvalues
/// π²(k² + l²) for Dirichlet conditions, e^{2πi(kx+ly)} with 4π²(k² + l²) on the torus; n × n points,
/// row-major, first axis x. Any function of −Δ is applied exactly. One thread uses an object at a time.
class LaplaceModes {
 public:
  LaplaceModes(int points, Boundary boundary);
  ~LaplaceModes();

  /// The field that has these values; its modes are those that n points tell apart.
  void set_values(std::span<const double> values);
  /// A Gaussian random field of the covariance scale · (−Δ + τ²)^(−power), mean 0. A mode of one key is the
  /// same on every grid.
  void set_random(const TorusCovariance& covariance, const SampleKey& key);
  /// Values of factor(−Δ) applied to the field. `factor` is not asked for eigenvalue 0, whose mode becomes 0.
  std::vector<double> values(const std::function<double(double eigenvalue)>& factor) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace halfwave::datasets
