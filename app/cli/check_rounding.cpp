#include "app/cli/self_check.h"
#include "core/precision/format.h"
#include "core/precision/round_tensor.h"
#include "core/precision/stage_math.h"

#include <ATen/ATen.h>

#include <bit>

namespace halfwave::cli {
namespace {

/// Rounding with integers alone: the significand is shifted to the format's spacing, ties go to even.
std::uint32_t rounded_bits(std::uint32_t bits, const FormatFacts& f) {
  const std::uint32_t sign = bits & 0x80000000U;
  const std::uint32_t magnitude = bits ^ sign;
  if (magnitude > 0x7f800000U) return bits;  // NaN
  const std::uint32_t largest = std::bit_cast<std::uint32_t>(static_cast<float>(f.max_finite));
  const std::uint32_t overflow = f.saturates ? largest : 0x7f800000U;
  if (magnitude == 0x7f800000U) return sign | overflow;
  const int field = static_cast<int>(magnitude >> 23U);
  std::uint64_t significand = (magnitude & 0x7fffffU) | (field > 0 ? 0x800000U : 0U);
  if (significand == 0) return bits;
  // The value is significand · 2^exponent; the format's spacing there is 2^spacing.
  const int exponent = std::max(field, 1) - 127 - 23;
  const int leading = exponent + static_cast<int>(std::bit_width(significand)) - 1;
  const int spacing = std::max(leading, f.min_exponent) - f.mantissa_bits;
  if (const int shift = spacing - exponent; shift > 0) {
    const int by = std::min(shift, 40);
    const std::uint64_t remainder = significand & ((std::uint64_t{1} << by) - 1);
    const std::uint64_t half = std::uint64_t{1} << (by - 1);
    std::uint64_t quotient = significand >> by;
    if (remainder > half || (remainder == half && (quotient & 1U) != 0)) ++quotient;
    significand = quotient << by;
    if (shift > 40) significand = 0;
  }
  const double value = std::ldexp(static_cast<double>(significand), exponent);
  if (value > f.max_finite) return sign | overflow;
  return sign | std::bit_cast<std::uint32_t>(static_cast<float>(value));
}

/// Every upper half of an fp32 value with lower halves at and beside the ties of all formats.
at::Tensor probes() {
  constexpr std::uint32_t lower[] = {0U,      1U,      0x0fffU, 0x1000U, 0x1001U, 0x2fffU,
                                     0x3000U, 0x3001U, 0x7fffU, 0x8000U, 0x8001U, 0xffffU};
  at::Tensor values = at::empty({65536 * static_cast<std::int64_t>(std::size(lower))}, at::kFloat);
  float* out = values.data_ptr<float>();
  for (std::uint32_t upper = 0; upper < 65536U; ++upper)
    for (std::uint32_t low : lower) *out++ = std::bit_cast<float>(upper << 16U | low);
  return values;
}

/// 0 where both are the same value, bit by bit, or both are NaN.
double differs(float actual, std::uint32_t expected) {
  const float reference = std::bit_cast<float>(expected);
  if (std::isnan(reference)) return std::isnan(actual) ? 0.0 : 1.0;
  return std::bit_cast<std::uint32_t>(actual) == expected ? 0.0 : 1.0;
}

void compare(const at::Tensor& inputs, const at::Tensor& outputs, Format format, Deviation& deviation) {
  const float* in = inputs.data_ptr<float>();
  const float* out = outputs.data_ptr<float>();
  for (std::int64_t i = 0; i < inputs.numel(); ++i)
    deviation.add(differs(out[i], rounded_bits(std::bit_cast<std::uint32_t>(in[i]), facts(format))));
}

}  // namespace

void check_rounding(std::vector<SelfCheck>& checks) {
  const at::Tensor inputs = probes();
  for (Format format : {Format::tf32, Format::bf16, Format::fp16, Format::fp8_e4m3, Format::fp8_e5m2}) {
    checks.push_back(run_check("rounding", std::string(name(format)), 0.0, [&](Deviation& deviation) {
      at::Tensor rounded = inputs.clone();
      round_in_place(rounded, format);
      compare(inputs, rounded, format, deviation);
    }));
    // tf32 is stored as fp32; its rounding belongs to the operands.
    if (format == Format::tf32) continue;
    // What is stored and read again must be the rounded value in the format's own bytes.
    checks.push_back(run_check("storage", std::string(name(format)), 0.0, [&](Deviation& deviation) {
      const at::Tensor stored = pack_saved(inputs, format);
      deviation.add(std::abs(static_cast<double>(stored.element_size()) - storage_bytes(format)));
      compare(inputs, in_working_type(stored).contiguous(), format, deviation);
    }));
  }
}

}  // namespace halfwave::cli
