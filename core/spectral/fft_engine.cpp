#include "core/spectral/fft_engine.h"

#include <ATen/ATen.h>

namespace halfwave {
namespace {

// LibTorch has no fast Fourier transform in 16-bit formats on a CPU: such stages are always emulated here.
Arithmetic emulated(Arithmetic arithmetic) {
  if (facts(arithmetic.format).storage_bits < 32) arithmetic.native = false;
  return arithmetic;
}

at::Tensor round_complex(const at::Tensor& z, Arithmetic arithmetic) {
  return at::view_as_complex(finish(at::view_as_real(z).contiguous(), arithmetic));
}

at::Tensor frequency_index(const ModeLayout& layout, std::size_t axis, const at::Device& device) {
  auto frequencies = kept_frequencies(layout, axis);
  for (auto& f : frequencies) f = f < 0 ? f + layout.grid[axis] : f;
  return at::tensor(frequencies, at::TensorOptions().dtype(at::kLong)).to(device);
}

// Unnormalised spectrum at the kept modes, complex (B, mode…, C).
at::Tensor spectrum_of(const at::Tensor& field, const ModeLayout& layout, Arithmetic arithmetic) {
  const auto axes = static_cast<std::int64_t>(layout.axes());
  at::Tensor z = at::fft_rfft(as_operand(field, arithmetic), std::nullopt, axes);
  z = round_complex(z.narrow(axes, 0, layout.modes.back()), arithmetic);
  for (std::int64_t axis = axes - 2; axis >= 0; --axis) {
    z = at::fft_fft(z, std::nullopt, axis + 1);
    z = z.index_select(axis + 1, frequency_index(layout, static_cast<std::size_t>(axis), z.device()));
    z = round_complex(z, arithmetic);
  }
  return z;
}

// Unnormalised field of kept modes, complex (B, mode…, C) → real (B, axis…, C).
at::Tensor field_of(at::Tensor z, const ModeLayout& layout, Arithmetic arithmetic) {
  const auto axes = static_cast<std::int64_t>(layout.axes());
  for (std::int64_t axis = 0; axis + 1 < axes; ++axis) {
    auto shape = z.sizes().vec();
    shape[static_cast<std::size_t>(axis) + 1] = layout.grid[static_cast<std::size_t>(axis)];
    at::Tensor padded = at::zeros(shape, z.options());
    padded.index_copy_(axis + 1, frequency_index(layout, static_cast<std::size_t>(axis), z.device()), z);
    z = round_complex(at::fft_ifft(padded, std::nullopt, axis + 1, "forward"), arithmetic);
  }
  return finish(at::fft_irfft(z, layout.grid.back(), axes, "forward").contiguous(), arithmetic);
}

// Complex (B, mode…, C) ↔ planes (B, 2, mode…, C).
at::Tensor to_planes(const at::Tensor& z) {
  return at::view_as_real(z).movedim(-1, 1).contiguous();
}
at::Tensor from_planes(const at::Tensor& planes, Arithmetic arithmetic) {
  return at::view_as_complex(as_operand(planes, arithmetic).movedim(1, -1).contiguous());
}

// Multiplies the modes of the last axis whose mirror image is not kept.
at::Tensor weigh_mirrored(const at::Tensor& planes, const ModeLayout& layout, double factor) {
  const auto m = layout.modes.back();
  const auto mirrored = 2 * (m - 1) == layout.grid.back() ? m - 2 : m - 1;
  if (mirrored <= 0) return planes;
  at::Tensor weighted = planes.clone();
  weighted.narrow(-2, 1, mirrored).mul_(factor);
  return weighted;
}

at::Tensor scaled(at::Tensor x, const ModeLayout& layout, Arithmetic arithmetic) {
  x.mul_(1.0 / static_cast<double>(layout.point_count()));
  return finish(std::move(x), arithmetic);
}

}  // namespace

at::Tensor FftEngine::transform(const at::Tensor& field, const ModeLayout& layout, Arithmetic arithmetic) {
  arithmetic = emulated(arithmetic);
  return scaled(to_planes(spectrum_of(field, layout, arithmetic)), layout, arithmetic);
}

at::Tensor FftEngine::inverse(const at::Tensor& modes, const ModeLayout& layout, Arithmetic arithmetic) {
  arithmetic = emulated(arithmetic);
  return field_of(from_planes(modes, arithmetic), layout, arithmetic);
}

at::Tensor FftEngine::transform_adjoint(const at::Tensor& modes, const ModeLayout& layout,
                                        Arithmetic arithmetic) {
  arithmetic = emulated(arithmetic);
  const at::Tensor halved = weigh_mirrored(modes, layout, 0.5);
  return scaled(field_of(from_planes(halved, arithmetic), layout, arithmetic), layout, arithmetic);
}

at::Tensor FftEngine::inverse_adjoint(const at::Tensor& field, const ModeLayout& layout,
                                      Arithmetic arithmetic) {
  arithmetic = emulated(arithmetic);
  return finish(weigh_mirrored(to_planes(spectrum_of(field, layout, arithmetic)), layout, 2.0), arithmetic);
}

}  // namespace halfwave
