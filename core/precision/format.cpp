#include "core/precision/format.h"

#include <cmath>

namespace halfwave {
namespace {

constexpr double two_to(int exponent) {
  double value = 1.0;
  for (int i = 0; i < exponent; ++i) value *= 2.0;
  for (int i = 0; i > exponent; --i) value /= 2.0;
  return value;
}

constexpr FormatFacts ieee(Format format, std::string_view name, int bits, int mantissa, int min_exponent,
                           int max_exponent) {
  return {format,
          name,
          bits,
          mantissa,
          min_exponent,
          max_exponent,
          (2.0 - two_to(-mantissa)) * two_to(max_exponent),
          two_to(min_exponent),
          min_exponent - mantissa < -1022 ? 4.9406564584124654e-324 : two_to(min_exponent - mantissa),
          two_to(-mantissa - 1),
          false};
}

constexpr std::array<FormatFacts, 7> table = {
    ieee(Format::fp64, "fp64", 64, 52, -1022, 1023),
    ieee(Format::fp32, "fp32", 32, 23, -126, 127),
    ieee(Format::tf32, "tf32", 32, 10, -126, 127),
    ieee(Format::bf16, "bf16", 16, 7, -126, 127),
    ieee(Format::fp16, "fp16", 16, 10, -14, 15),
    // OCP 8-bit floating point, E4M3: no infinity; S.1111.111 is NaN, so 448 is the largest value.
    FormatFacts{Format::fp8_e4m3, "fp8_e4m3", 8, 3, -6, 8, 448.0, two_to(-6), two_to(-9), two_to(-4), true},
    FormatFacts{Format::fp8_e5m2, "fp8_e5m2", 8, 2, -14, 15, 57344.0, two_to(-14), two_to(-16), two_to(-3),
                true},
};

}  // namespace

const FormatFacts& facts(Format format) {
  return table[static_cast<std::size_t>(format)];
}

std::optional<Format> format_from_name(std::string_view name) {
  for (const auto& row : table)
    if (row.name == name) return row.format;
  return std::nullopt;
}

}  // namespace halfwave
