#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace halfwave {

/// The floating-point formats a stage can have.
enum class Format : std::uint8_t { fp64, fp32, tf32, bf16, fp16, fp8_e4m3, fp8_e5m2 };

inline constexpr std::array all_formats = {Format::fp64, Format::fp32,     Format::tf32,    Format::bf16,
                                           Format::fp16, Format::fp8_e4m3, Format::fp8_e5m2};

/// What a format can represent. All code and the window read these facts from here.
struct FormatFacts {
  Format format;
  std::string_view name;
  int storage_bits;      ///< bits a stored value occupies (tf32 is stored as fp32)
  int mantissa_bits;     ///< explicit bits of the significand
  int min_exponent;      ///< binary exponent of the smallest normal number
  int max_exponent;      ///< binary exponent of the largest finite number
  double max_finite;     ///< largest finite value
  double min_normal;     ///< smallest positive normal value
  double min_subnormal;  ///< smallest positive value
  double unit_roundoff;  ///< half the distance from 1 to the next value
  bool saturates;        ///< overflow gives the largest finite value instead of infinity
};

const FormatFacts& facts(Format format);
inline std::string_view name(Format format) {
  return facts(format).name;
}
std::optional<Format> format_from_name(std::string_view name);

/// True for formats that end long before fp32 does: fp16 and the 8-bit ones.
inline bool has_narrow_range(Format format) {
  return facts(format).max_exponent < facts(Format::bf16).max_exponent;
}

/// Bytes of one stored value.
inline int storage_bytes(Format format) {
  return facts(format).storage_bits / 8;
}

}  // namespace halfwave
