#include "datasets/generators/fourier.h"

#include <ATen/ATen.h>

#include <numeric>

namespace halfwave::datasets {

struct Fourier::Impl {
  at::Tensor points, coefficients;
  std::vector<std::int64_t> axes;

  static std::span<std::complex<double>> view(at::Tensor& tensor) {
    return {reinterpret_cast<std::complex<double>*>(tensor.data_ptr()),
            static_cast<std::size_t>(tensor.numel())};
  }
};

Fourier::Fourier(const std::vector<int>& shape, int batch) : impl_(std::make_unique<Impl>()) {
  std::vector<std::int64_t> sizes(shape.begin(), shape.end());
  sizes.insert(sizes.begin(), batch);
  impl_->points = at::zeros(sizes, at::kComplexDouble);
  impl_->coefficients = at::zeros(sizes, at::kComplexDouble);
  impl_->axes.resize(shape.size());
  std::iota(impl_->axes.begin(), impl_->axes.end(), 1);
}

Fourier::~Fourier() = default;

std::span<std::complex<double>> Fourier::points() {
  return Impl::view(impl_->points);
}

std::span<std::complex<double>> Fourier::coefficients() {
  return Impl::view(impl_->coefficients);
}

// The third argument of _fft_c2c: 0 leaves the sum as it is, 2 divides it by the number of points.
void Fourier::forward() {
  at::_fft_c2c_out(impl_->coefficients, impl_->points, impl_->axes, 2, true);
}

void Fourier::inverse() {
  at::_fft_c2c_out(impl_->points, impl_->coefficients, impl_->axes, 0, false);
}

}  // namespace halfwave::datasets
