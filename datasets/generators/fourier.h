#pragma once

#include <complex>
#include <memory>
#include <span>
#include <vector>

namespace halfwave::datasets {

/// The discrete Fourier transform of one array of fixed shape, or of `batch` of them one after the other, by
/// LibTorch. Coefficients are those of the series u(x_j) = Σ_k û_k e^{2πi k·j/n}: `forward` divides by the
/// number of points. They lie in the usual order, 0 … n/2−1, −n/2 … −1 along each axis. One thread uses an
/// object at a time.
class Fourier {
 public:
  explicit Fourier(const std::vector<int>& shape, int batch = 1);
  ~Fourier();

  std::span<std::complex<double>> points();
  std::span<std::complex<double>> coefficients();
  /// points → coefficients.
  void forward();
  /// coefficients → points.
  void inverse();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The wave number of entry `index` of an axis of n points; that of the middle entry of an even axis is −n/2.
inline int wave_number(int index, int n) {
  return index < (n + 1) / 2 ? index : index - n;
}

}  // namespace halfwave::datasets
