#include "datasets/generators/darcy_solver.h"

#include "core/error.h"

// Samples are what runs in parallel here.
#define EIGEN_DONT_PARALLELIZE
#include <Eigen/SparseCholesky>

namespace halfwave::datasets {

struct DarcySolver::Impl {
  using Sparse = Eigen::SparseMatrix<double>;
  int n;
  Sparse lower;  ///< lower triangle; column c holds the cell itself, then its right and its lower neighbour
  Eigen::SimplicialLDLT<Sparse, Eigen::Lower> factor;

  /// Rows of column c of the lower triangle.
  template <typename Visit>
  void for_neighbours(int cell, Visit visit) const {
    if (cell % n != n - 1) visit(cell + 1);
    if (cell / n != n - 1) visit(cell + n);
  }
};

DarcySolver::DarcySolver(int resolution) : impl_(std::make_unique<Impl>()) {
  Impl& self = *impl_;
  self.n = resolution;
  const int cells = resolution * resolution;
  std::vector<Eigen::Triplet<double>> entries;
  entries.reserve(static_cast<std::size_t>(cells) * 3);
  for (int cell = 0; cell < cells; ++cell) {
    entries.emplace_back(cell, cell, 1.0);
    self.for_neighbours(cell, [&](int other) { entries.emplace_back(other, cell, -1.0); });
  }
  self.lower.resize(cells, cells);
  self.lower.setFromTriplets(entries.begin(), entries.end());
  self.factor.analyzePattern(self.lower);
}

DarcySolver::~DarcySolver() = default;

std::vector<double> DarcySolver::solve(std::span<const double> a, std::span<const double> f) {
  Impl& self = *impl_;
  const int n = self.n;
  const int cells = n * n;

  std::vector<double> diagonal(static_cast<std::size_t>(cells), 0.0);
  double* values = self.lower.valuePtr();
  const int* columns = self.lower.outerIndexPtr();
  for (int cell = 0; cell < cells; ++cell) {
    const int row = cell / n, column = cell % n;
    const int outer_faces = (row == 0) + (row == n - 1) + (column == 0) + (column == n - 1);
    diagonal[cell] += 2.0 * a[cell] * outer_faces;
    int entry = columns[cell] + 1;
    self.for_neighbours(cell, [&](int other) {
      const double transmissibility = 2.0 * a[cell] * a[other] / (a[cell] + a[other]);
      values[entry++] = -transmissibility;
      diagonal[cell] += transmissibility;
      diagonal[other] += transmissibility;
    });
  }
  for (int cell = 0; cell < cells; ++cell) values[columns[cell]] = diagonal[cell];

  self.factor.factorize(self.lower);
  if (self.factor.info() != Eigen::Success)
    throw RunError("The Darcy system could not be factorised; its coefficient must be positive and finite.");

  std::vector<double> u(static_cast<std::size_t>(cells));
  const double cell_area = 1.0 / (static_cast<double>(n) * n);
  Eigen::Map<Eigen::VectorXd>(u.data(), cells) =
      self.factor.solve(Eigen::Map<const Eigen::VectorXd>(f.data(), cells) * cell_area);
  return u;
}

}  // namespace halfwave::datasets
