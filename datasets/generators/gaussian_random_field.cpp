#include "datasets/generators/gaussian_random_field.h"

#include "datasets/generators/philox.h"

// Samples are what runs in parallel here.
#define EIGEN_DONT_PARALLELIZE
#include <Eigen/Core>

#include <numbers>

namespace halfwave::datasets {
namespace {
using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
}

GaussianRandomField::GaussianRandomField(int resolution, double tau)
    : resolution_(resolution), tau_(tau), basis_(static_cast<std::size_t>(modes) * resolution) {
  for (int k = 0; k < modes; ++k)
    for (int i = 0; i < resolution; ++i)
      basis_[static_cast<std::size_t>(k) * resolution + i] =
          k == 0 ? 1.0 : std::numbers::sqrt2 * std::cos(std::numbers::pi * k * (i + 0.5) / resolution);
}

std::vector<double> GaussianRandomField::sample(const SampleKey& key) const {
  Matrix coefficients(modes, modes);
  for (int k = 0; k < modes; ++k)
    for (int l = 0; l < modes; l += 2) {
      const auto block = static_cast<std::uint32_t>((k * modes + l) / 2);
      const auto normals = philox_normals({block, key.sample, key.stream, 0}, key.seed);
      for (int j = 0; j < 2; ++j) {
        const double eigenvalue =
            std::numbers::pi * std::numbers::pi * (k * k + (l + j) * (l + j)) + tau_ * tau_;
        coefficients(k, l + j) = normals[static_cast<std::size_t>(j)] / eigenvalue;
      }
    }
  coefficients(0, 0) = 0.0;

  std::vector<double> values(static_cast<std::size_t>(resolution_) * resolution_);
  const Eigen::Map<const Matrix> basis(basis_.data(), modes, resolution_);
  Eigen::Map<Matrix>(values.data(), resolution_, resolution_).noalias() =
      basis.transpose() * (coefficients * basis).eval();
  return values;
}

}  // namespace halfwave::datasets
