#pragma once

#include <memory>
#include <span>
#include <vector>

namespace halfwave::datasets {

/// Solves −∇·(a ∇u) = f on the unit square with u = 0 on the boundary by finite volumes. Unknowns, a and f
/// are at the centres ((i+½)/n, (j+½)/n) of n × n cells; a face between two cells carries the harmonic mean
/// of their a, a face on the boundary lies half a cell from the centre. Second order in 1/n for smooth a. The
/// symbolic factorisation is made once and serves every solve. One thread uses a solver at a time.
class DarcySolver {
 public:
  explicit DarcySolver(int resolution);
  ~DarcySolver();

  /// a and f are row-major with resolution² values, a > 0. Throws RunError when the factorisation fails.
  std::vector<double> solve(std::span<const double> a, std::span<const double> f);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace halfwave::datasets
