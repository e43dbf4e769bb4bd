#include "core/device/cuda/transform.h"

#include "core/device/cuda/fft_plans.h"
#include "core/device/cuda/launch.h"
#include "core/device/cuda/support.h"
#include "core/spectral/half_fft.h"
#include "core/spectral/transform_elements.h"

#include <ATen/cuda/CUDAContext.h>
#include <ATen/ops/empty.h>
#include <c10/cuda/CUDAGuard.h>

namespace halfwave::cuda {
namespace {

std::int64_t points_of(const ModeLayout& layout) {
  std::int64_t points = 1;
  for (const auto n : layout.grid) points *= n;
  return points;
}

void require(const ModeLayout& layout, Format format) {
  const auto* card = at::cuda::getCurrentDeviceProperties();
  const std::string problem = half_fft_problem(format, layout.grid, card->major * 10 + card->minor);
  if (!problem.empty()) throw RequestError(problem);
}

FftShape shape_of(bool to_spectrum, at::ScalarType type, const ModeLayout& layout, std::int64_t lines) {
  return {to_spectrum, type, layout.grid, lines, c10::cuda::current_device()};
}

}  // namespace

at::Tensor fft_to_modes(const at::Tensor& given, const ModeLayout& layout, Format format, bool adjoint) {
  const c10::cuda::CUDAGuard guard(given.device());
  require(layout, format);
  const auto stream = c10::cuda::getCurrentCUDAStream();
  const at::Tensor field = given.contiguous();
  const std::int64_t batch = field.size(0), channels = field.size(-1), points = points_of(layout);
  const ModeMap map = ModeMap::of(layout);
  const auto options = field.options().dtype(result_type(format));
  const StageRounding rounding = StageRounding::of(format);

  at::Tensor lines = at::empty({batch * channels, points}, options);
  check(move(FieldToLines{values_in(field), values_out(lines), rounding, points, channels}, batch, points,
             channels, Order::read_channels, stream));
  const at::Tensor spectrum = at::empty({batch * channels, map.spectrum_size(), 2}, options);
  if (spectrum.numel() > 0)
    fft_plans().run(shape_of(true, result_type(format), layout, batch * channels), lines.const_data_ptr(),
                    spectrum.mutable_data_ptr());
  lines.reset();

  std::vector<std::int64_t> shape{batch, 2};
  shape.insert(shape.end(), layout.modes.begin(), layout.modes.end());
  shape.push_back(channels);
  at::Tensor planes = at::empty(shape, options);
  const float factor = adjoint ? 1.0F : static_cast<float>(1.0 / static_cast<double>(points));
  const SpectrumToModes take{values_in(spectrum),  values_out(planes), rounding, map,
                             map.spectrum_size(),  map.mode_count(),   channels, factor,
                             adjoint ? 2.0F : 1.0F};
  check(move(take, batch, map.mode_count(), channels, Order::read_rows, stream));
  return planes;
}

at::Tensor fft_to_field(const at::Tensor& given, const ModeLayout& layout, Format format, bool adjoint) {
  const c10::cuda::CUDAGuard guard(given.device());
  require(layout, format);
  const auto stream = c10::cuda::getCurrentCUDAStream();
  const at::Tensor planes = given.contiguous();
  const std::int64_t batch = planes.size(0), channels = planes.size(-1), points = points_of(layout);
  const ModeMap map = ModeMap::of(layout);
  const auto options = planes.options().dtype(result_type(format));
  const StageRounding rounding = StageRounding::of(format);

  at::Tensor spectrum = at::empty({batch * channels, map.spectrum_size(), 2}, options);
  const ModesToSpectrum place{values_in(planes),   values_out(spectrum), rounding, map,
                              map.spectrum_size(), map.mode_count(),     channels, adjoint ? 0.5F : 1.0F};
  check(move(place, batch, map.spectrum_size(), channels, Order::read_channels, stream));
  const at::Tensor lines = at::empty({batch * channels, points}, options);
  if (lines.numel() > 0)
    fft_plans().run(shape_of(false, result_type(format), layout, batch * channels), spectrum.const_data_ptr(),
                    lines.mutable_data_ptr());
  spectrum.reset();

  std::vector<std::int64_t> shape{batch};
  shape.insert(shape.end(), layout.grid.begin(), layout.grid.end());
  shape.push_back(channels);
  at::Tensor field = at::empty(shape, options);
  const float factor = adjoint ? static_cast<float>(1.0 / static_cast<double>(points)) : 1.0F;
  check(move(LinesToField{values_in(lines), values_out(field), rounding, points, channels, factor}, batch,
             points, channels, Order::read_rows, stream));
  return field;
}

}  // namespace halfwave::cuda
