#include "core/analysis/radial_spectrum.h"

#include "core/device/memory_meter.h"
#include "core/error.h"

#include <ATen/ATen.h>

#include <cmath>

namespace halfwave {
namespace {

at::Tensor as_tensor(const Field& field) {
  std::vector<std::int64_t> sizes(field.shape.begin(), field.shape.end());
  std::int64_t count = field.shape.empty() ? 0 : 1;
  for (std::int64_t size : sizes) count *= size;
  if (count <= 0 || count != static_cast<std::int64_t>(field.values.size()) || sizes.size() > 3)
    throw RequestError("A spectrum needs a field with 1 to 3 axes and a value at every point.");
  const at::Tensor values = at::empty(sizes, at::kDouble);
  std::copy(field.values.begin(), field.values.end(), values.mutable_data_ptr<double>());
  return values;
}

/// |k|² of each coefficient of a transform over `sizes` whose last axis is halved, flattened row-major.
std::vector<double> squared_wavenumbers(at::IntArrayRef sizes) {
  std::vector<double> squares = {0.0};
  for (std::size_t axis = 0; axis < sizes.size(); ++axis) {
    const bool halved = axis + 1 == sizes.size();
    const std::int64_t count = halved ? sizes[axis] / 2 + 1 : sizes[axis];
    std::vector<double> next;
    next.reserve(squares.size() * static_cast<std::size_t>(count));
    for (double square : squares)
      for (std::int64_t i = 0; i < count; ++i) {
        const auto k = static_cast<double>(std::min(i, sizes[axis] - i));
        next.push_back(square + k * k);
      }
    squares = std::move(next);
  }
  return squares;
}

}  // namespace

RadialSpectrum radial_spectrum(const Field& field) {
  const MemoryScope scope(MemoryCategory::other);
  const at::Tensor values = as_tensor(field);
  const at::Tensor modes = at::fft_rfftn(values, at::nullopt, at::nullopt, "forward");
  const at::Tensor power = at::view_as_real(modes).square().sum(-1).contiguous();
  const double* squares = power.const_data_ptr<double>();
  const std::vector<double> wavenumbers = squared_wavenumbers(values.sizes());

  RadialSpectrum spectrum;
  const auto shells = static_cast<std::size_t>(
                          std::lround(std::sqrt(*std::max_element(wavenumbers.begin(), wavenumbers.end())))) +
                      1;
  spectrum.power.assign(shells, 0.0);
  for (std::size_t shell = 0; shell < shells; ++shell)
    spectrum.wavenumber.push_back(static_cast<double>(shell));

  const std::int64_t last = values.size(-1), half = last / 2 + 1;
  for (std::size_t i = 0; i < wavenumbers.size(); ++i) {
    // All but the first and, on an even axis, the last column stand for their complex conjugates too.
    const auto column = static_cast<std::int64_t>(i) % half;
    const double weight = column == 0 || 2 * column == last ? 1.0 : 2.0;
    const auto shell = static_cast<std::size_t>(std::lround(std::sqrt(wavenumbers[i])));
    spectrum.power[shell] += weight * squares[i];
  }
  return spectrum;
}

}  // namespace halfwave
