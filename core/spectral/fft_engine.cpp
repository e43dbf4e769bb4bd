#include "core/spectral/fft_engine.h"

#include "core/device/dispatch.h"
#include "core/precision/product.h"
#include "core/precision/round_tensor.h"
#include "core/spectral/strict_fft.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace halfwave {
namespace {

// LibTorch has no fast Fourier transform in 16-bit formats on a CPU: such stages are always emulated here.
Arithmetic emulated(Arithmetic arithmetic) {
  if (facts(arithmetic.format).storage_bits < 32) arithmetic.native = false;
  return arithmetic;
}

// Between its passes 16-bit values are carried in float32, which LibTorch's transforms take.
at::Tensor wide_operand(const at::Tensor& x, Arithmetic arithmetic) {
  return facts(arithmetic.format).storage_bits < 32 ? rounded_copy(x, arithmetic.format)
                                                    : as_operand(x, arithmetic);
}

at::Tensor round_complex(const at::Tensor& z, Arithmetic arithmetic) {
  at::Tensor parts = at::view_as_real(z).contiguous();
  if (parts.scalar_type() == at::kFloat) round_in_place(parts, arithmetic.format);
  return at::view_as_complex(parts);
}

// The unnormalised transforms along `axis`. Where every step is rounded they are our own, the real ones as
// complex ones.
at::Tensor complex_transform(const at::Tensor& z, std::int64_t axis, bool inverse, Arithmetic arithmetic) {
  if (rounds_every_step(arithmetic)) return strict_fft(z, axis, inverse, arithmetic.format);
  return inverse ? at::fft_ifft(z, std::nullopt, axis, "forward") : at::fft_fft(z, std::nullopt, axis);
}

at::Tensor real_transform(const at::Tensor& x, std::int64_t axis, Arithmetic arithmetic) {
  if (!rounds_every_step(arithmetic)) return at::fft_rfft(x, std::nullopt, axis);
  return complex_transform(at::complex(x, at::zeros_like(x)), axis, false, arithmetic);
}

at::Tensor real_inverse(const at::Tensor& z, std::int64_t points, std::int64_t axis, Arithmetic arithmetic) {
  if (!rounds_every_step(arithmetic)) return at::fft_irfft(z, points, axis, "forward");
  auto shape = z.sizes().vec();
  shape[static_cast<std::size_t>(axis)] = points;
  at::Tensor spectrum = at::zeros(shape, z.options());
  const std::int64_t modes = z.size(axis), mirrored = (points - 1) / 2;
  spectrum.narrow(axis, 0, modes).copy_(z);
  at::imag(spectrum.narrow(axis, 0, 1)).zero_();
  if (points % 2 == 0) at::imag(spectrum.narrow(axis, points / 2, 1)).zero_();
  const std::int64_t last = std::min(modes - 1, mirrored);
  if (last > 0) spectrum.narrow(axis, points - last, last).copy_(z.narrow(axis, 1, last).flip(axis).conj());
  return at::real(complex_transform(spectrum, axis, true, arithmetic));
}

at::Tensor frequency_index(const ModeLayout& layout, std::size_t axis, const at::Device& device) {
  auto frequencies = kept_frequencies(layout, axis);
  for (auto& f : frequencies) f = f < 0 ? f + layout.grid[axis] : f;
  return at::tensor(frequencies, at::TensorOptions().dtype(at::kLong)).to(device);
}

// Unnormalised spectrum at the kept modes, complex (B, mode…, C).
at::Tensor spectrum_of(const at::Tensor& field, const ModeLayout& layout, Arithmetic arithmetic) {
  const auto axes = static_cast<std::int64_t>(layout.axes());
  at::Tensor z = real_transform(wide_operand(field, arithmetic), axes, arithmetic);
  z = round_complex(z.narrow(axes, 0, layout.modes.back()), arithmetic);
  for (std::int64_t axis = axes - 2; axis >= 0; --axis) {
    z = complex_transform(z, axis + 1, false, arithmetic);
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
    z = round_complex(complex_transform(padded, axis + 1, true, arithmetic), arithmetic);
  }
  return finish(real_inverse(z, layout.grid.back(), axes, arithmetic).contiguous(), arithmetic);
}

// Complex (B, mode…, C) ↔ planes (B, 2, mode…, C).
at::Tensor to_planes(const at::Tensor& z) {
  return at::view_as_real(z).movedim(-1, 1).contiguous();
}
at::Tensor from_planes(const at::Tensor& planes, Arithmetic arithmetic) {
  return at::view_as_complex(wide_operand(planes, arithmetic).movedim(1, -1).contiguous());
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
  if (x.scalar_type() != at::kDouble) x = x.to(at::kFloat);
  x.mul_(1.0 / static_cast<double>(layout.point_count()));
  return finish(std::move(x), arithmetic);
}

// What devices have plans of their own for.
bool has_plans(const at::Tensor& x, Arithmetic arithmetic) {
  const Format format = arithmetic.format;
  const bool known = format == Format::fp32 || format == Format::bf16 || format == Format::fp16;
  return known && x.scalar_type() != at::kDouble && !rounds_every_step(arithmetic);
}

at::Tensor to_modes(const at::Tensor& field, const ModeLayout& layout, Arithmetic arithmetic, bool adjoint) {
  const at::Tensor planes = to_planes(spectrum_of(field, layout, arithmetic));
  return adjoint ? finish(weigh_mirrored(planes, layout, 2.0), arithmetic)
                 : scaled(planes, layout, arithmetic);
}

at::Tensor to_field(const at::Tensor& modes, const ModeLayout& layout, Arithmetic arithmetic, bool adjoint) {
  if (!adjoint) return field_of(from_planes(modes, arithmetic), layout, arithmetic);
  const at::Tensor halved = weigh_mirrored(modes, layout, 0.5);
  return scaled(field_of(from_planes(halved, arithmetic), layout, arithmetic), layout, arithmetic);
}

at::Tensor any_to_modes(const at::Tensor& field, const ModeLayout& layout, Arithmetic arithmetic,
                        bool adjoint) {
  if (has_plans(field, arithmetic))
    return dispatch::fft_to_modes(field, layout.grid, layout.modes, arithmetic.format, adjoint);
  return to_modes(field, layout, emulated(arithmetic), adjoint);
}

at::Tensor any_to_field(const at::Tensor& modes, const ModeLayout& layout, Arithmetic arithmetic,
                        bool adjoint) {
  if (has_plans(modes, arithmetic))
    return dispatch::fft_to_field(modes, layout.grid, layout.modes, arithmetic.format, adjoint);
  return to_field(modes, layout, emulated(arithmetic), adjoint);
}

}  // namespace

at::Tensor on_cpu::fft_to_modes(const at::Tensor& field, at::IntArrayRef grid, at::IntArrayRef modes,
                                Format format, bool adjoint) {
  return to_modes(field, {grid.vec(), modes.vec()}, {format, false}, adjoint);
}

at::Tensor on_cpu::fft_to_field(const at::Tensor& modes, at::IntArrayRef grid, at::IntArrayRef kept,
                                Format format, bool adjoint) {
  return to_field(modes, {grid.vec(), kept.vec()}, {format, false}, adjoint);
}

at::Tensor FftEngine::transform(const at::Tensor& field, const ModeLayout& layout, Arithmetic arithmetic) {
  return any_to_modes(field, layout, arithmetic, false);
}

at::Tensor FftEngine::inverse(const at::Tensor& modes, const ModeLayout& layout, Arithmetic arithmetic) {
  return any_to_field(modes, layout, arithmetic, false);
}

at::Tensor FftEngine::transform_adjoint(const at::Tensor& modes, const ModeLayout& layout,
                                        Arithmetic arithmetic) {
  return any_to_field(modes, layout, arithmetic, true);
}

at::Tensor FftEngine::inverse_adjoint(const at::Tensor& field, const ModeLayout& layout,
                                      Arithmetic arithmetic) {
  return any_to_modes(field, layout, arithmetic, true);
}

}  // namespace halfwave
