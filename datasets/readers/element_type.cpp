#include "datasets/readers/element_type.h"

#include <c10/util/BFloat16.h>
#include <c10/util/Half.h>

#include <algorithm>
#include <bit>
#include <cstring>

namespace halfwave::datasets {
namespace {

template <int bytes>
struct UnsignedOf;
template <>
struct UnsignedOf<1> {
  using type = std::uint8_t;
};
template <>
struct UnsignedOf<2> {
  using type = std::uint16_t;
};
template <>
struct UnsignedOf<4> {
  using type = std::uint32_t;
};
template <>
struct UnsignedOf<8> {
  using type = std::uint64_t;
};

template <typename Bits>
Bits swapped(Bits value) {
  if constexpr (sizeof(Bits) == 1) return value;
  if constexpr (sizeof(Bits) == 2) return __builtin_bswap16(value);
  if constexpr (sizeof(Bits) == 4) return __builtin_bswap32(value);
  if constexpr (sizeof(Bits) == 8) return __builtin_bswap64(value);
}

/// Reads each number as `Number` and hands it to `make`, which turns it into what the destination holds.
template <typename Number, typename Out, typename Make>
void convert_as(bool big_endian, const char* source, std::int64_t parts, Out* destination, Make make) {
  using Bits = typename UnsignedOf<sizeof(Number)>::type;
  static_assert(std::endian::native == std::endian::little);
  for (std::int64_t i = 0; i < parts; ++i) {
    Bits bits;
    std::memcpy(&bits, source + i * static_cast<std::int64_t>(sizeof(Number)), sizeof(Number));
    if (big_endian) bits = swapped(bits);
    destination[i] = make(bits);
  }
}

template <typename Number, typename Out>
void convert_plain(bool big_endian, const char* source, std::int64_t parts, Out* destination) {
  if constexpr (std::is_same_v<Number, Out>)
    if (!big_endian) {
      std::memcpy(destination, source, static_cast<std::size_t>(parts) * sizeof(Out));
      return;
    }
  convert_as<Number>(big_endian, source, parts, destination,
                     [](auto bits) { return static_cast<Out>(std::bit_cast<Number>(bits)); });
}

template <typename Out>
void convert(const ElementType& type, const char* source, std::int64_t parts, Out* destination) {
  using Kind = ElementType::Kind;
  const bool big = type.big_endian;
  switch (type.kind) {
    case Kind::real:
      if (type.bytes == 8) return convert_plain<double>(big, source, parts, destination);
      if (type.bytes == 4) return convert_plain<float>(big, source, parts, destination);
      return convert_as<std::uint16_t>(big, source, parts, destination, [](std::uint16_t bits) {
        return static_cast<Out>(static_cast<float>(c10::Half(bits, c10::Half::from_bits())));
      });
    case Kind::brain:
      return convert_as<std::uint16_t>(big, source, parts, destination, [](std::uint16_t bits) {
        return static_cast<Out>(static_cast<float>(c10::BFloat16(bits, c10::BFloat16::from_bits())));
      });
    case Kind::whole:
      if (type.bytes == 1) return convert_plain<std::int8_t>(big, source, parts, destination);
      if (type.bytes == 2) return convert_plain<std::int16_t>(big, source, parts, destination);
      if (type.bytes == 4) return convert_plain<std::int32_t>(big, source, parts, destination);
      return convert_plain<std::int64_t>(big, source, parts, destination);
    case Kind::natural:
      if (type.bytes == 1) return convert_plain<std::uint8_t>(big, source, parts, destination);
      if (type.bytes == 2) return convert_plain<std::uint16_t>(big, source, parts, destination);
      if (type.bytes == 4) return convert_plain<std::uint32_t>(big, source, parts, destination);
      return convert_plain<std::uint64_t>(big, source, parts, destination);
    case Kind::truth:
      return convert_as<std::uint8_t>(big, source, parts, destination,
                                      [](std::uint8_t byte) { return byte != 0 ? Out(1) : Out(0); });
  }
}

}  // namespace

std::string type_name(const ElementType& type) {
  using Kind = ElementType::Kind;
  const std::string bits = std::to_string(8 * type.size());
  if (type.kind == Kind::truth) return "bool";
  if (type.complex) return (type.kind == Kind::real ? "complex" : "complex integer ") + bits;
  switch (type.kind) {
    case Kind::brain:
      return "bfloat" + bits;
    case Kind::whole:
      return "int" + bits;
    case Kind::natural:
      return "uint" + bits;
    default:
      return "float" + bits;
  }
}

bool is_known(const ElementType& type) {
  using Kind = ElementType::Kind;
  const int bytes = type.bytes;
  if (type.kind == Kind::truth) return bytes == 1 && !type.complex;
  if (type.kind == Kind::brain) return bytes == 2;
  const bool common = bytes == 2 || bytes == 4 || bytes == 8;
  return type.kind == Kind::real ? common : common || bytes == 1;
}

void convert_elements(const ElementType& type, const char* source, std::int64_t parts, float* destination) {
  convert(type, source, parts, destination);
}

void convert_elements(const ElementType& type, const char* source, std::int64_t parts, double* destination) {
  convert(type, source, parts, destination);
}

}  // namespace halfwave::datasets
