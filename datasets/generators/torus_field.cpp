#include "datasets/generators/torus_field.h"

#include "datasets/generators/fourier.h"
#include "datasets/generators/philox.h"

#include <algorithm>

namespace halfwave::datasets {
namespace {

/// Random numbers of another purpose than GaussianRandomField's, which has 0 here.
constexpr std::uint32_t purpose = 1;

std::complex<double> mode(int k, int l, const TorusCovariance& covariance, const SampleKey& key) {
  const auto place = static_cast<std::uint32_t>(k & 0xffff) << 16 | static_cast<std::uint32_t>(l & 0xffff);
  const auto normals = philox_normals({place, key.sample, key.stream, purpose}, key.seed);
  const double square = 4.0 * std::numbers::pi * std::numbers::pi * (double{1} * k * k + double{1} * l * l);
  const double eigenvalue =
      covariance.scale * std::pow(square + covariance.tau * covariance.tau, -covariance.power);
  return std::sqrt(0.5 * eigenvalue) * std::complex<double>(normals[0], normals[1]);
}

}  // namespace

void fill_torus_field(std::span<std::complex<double>> coefficients, const std::vector<int>& shape,
                      const TorusCovariance& covariance, const SampleKey& key) {
  const int rows = shape.size() == 2 ? shape[0] : 1;
  const int columns = shape.back();
  std::fill(coefficients.begin(), coefficients.end(), 0.0);
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < columns; ++j) {
      const int k = wave_number(i, rows), l = wave_number(j, columns);
      const bool half = k > 0 || (k == 0 && l > 0);  // the other half is its conjugate
      if (!half || 2 * k >= rows + (rows == 1) || 2 * std::abs(l) >= columns) continue;
      const std::complex<double> value = mode(k, l, covariance, key);
      coefficients[static_cast<std::size_t>(i) * columns + j] = value;
      const int i_mirror = (rows - i) % rows, j_mirror = (columns - j) % columns;
      coefficients[static_cast<std::size_t>(i_mirror) * columns + j_mirror] = std::conj(value);
    }
}

}  // namespace halfwave::datasets
