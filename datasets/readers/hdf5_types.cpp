#include "datasets/readers/hdf5_types.h"

#include <algorithm>

namespace halfwave::datasets {
namespace {

constexpr std::size_t longest_text = 64 * 1024;

/// True when a floating-point type is one of IEEE's: bits of exponent and mantissa, nothing else.
bool is_plain_float(hid_t type) {
  std::size_t sign = 0, exponent = 0, exponent_bits = 0, mantissa = 0, mantissa_bits = 0;
  if (H5Tget_fields(type, &sign, &exponent, &exponent_bits, &mantissa, &mantissa_bits) < 0) return false;
  const std::size_t bits = 8 * H5Tget_size(type);
  const std::size_t expected = bits == 16 ? 5 : bits == 32 ? 8 : bits == 64 ? 11 : 0;
  const std::size_t bias = (std::size_t{1} << (exponent_bits - 1)) - 1;
  return exponent_bits == expected && mantissa_bits == bits - 1 - expected && sign == bits - 1 &&
         mantissa == 0 && exponent == mantissa_bits && H5Tget_offset(type) == 0 && H5Tget_ebias(type) == bias;
}

Hdf5Type unread(const std::string& text) {
  return {{}, text, "is " + text + "; arrays of numbers are read"};
}

Hdf5Type number_type(hid_t type) {
  using Kind = ElementType::Kind;
  Hdf5Type result;
  const H5T_class_t kind = H5Tget_class(type);
  result.type.bytes = static_cast<int>(std::min<std::size_t>(H5Tget_size(type), 64));
  const H5T_order_t order = H5Tget_order(type);
  result.type.big_endian = order == H5T_ORDER_BE;
  if (order != H5T_ORDER_LE && order != H5T_ORDER_BE) return unread("numbers in an unusual byte order");
  if (kind == H5T_FLOAT) {
    result.type.kind = Kind::real;
    if (!is_plain_float(type)) return unread("an unusual floating-point type");
  } else {
    result.type.kind = H5Tget_sign(type) == H5T_SGN_NONE ? Kind::natural : Kind::whole;
    if (H5Tget_precision(type) != 8 * H5Tget_size(type)) return unread("an integer type of odd width");
  }
  if (!is_known(result.type)) return unread("an integer type of odd width");
  return result;
}

Hdf5Type complex_type(hid_t type) {
  if (H5Tget_nmembers(type) != 2) return unread("a compound of fields");
  const H5Id real(H5Tget_member_type(type, 0), H5Tclose), imaginary(H5Tget_member_type(type, 1), H5Tclose);
  const std::size_t bytes = real ? H5Tget_size(real) : 0;
  if (!real || !imaginary || H5Tequal(real, imaginary) <= 0 || H5Tget_class(real) != H5T_FLOAT ||
      H5Tget_member_offset(type, 0) != 0 || H5Tget_member_offset(type, 1) != bytes ||
      H5Tget_size(type) != 2 * bytes)
    return unread("a compound of fields");
  Hdf5Type result = number_type(real);
  result.type.complex = true;
  return result;
}

}  // namespace

Hdf5Type hdf5_type(hid_t type) {
  switch (H5Tget_class(type)) {
    case H5T_INTEGER:
    case H5T_FLOAT:
      return number_type(type);
    case H5T_ENUM: {
      const H5Id base(H5Tget_super(type), H5Tclose);
      if (!base || H5Tget_class(base) != H5T_INTEGER) return unread("an unusual enumeration");
      Hdf5Type result = number_type(base);
      // Truth values from Python are an enumeration of FALSE and TRUE.
      if (result.type.bytes == 1 && H5Tget_nmembers(type) == 2) result.type.kind = ElementType::Kind::truth;
      return result;
    }
    case H5T_COMPOUND:
      return complex_type(type);
    case H5T_STRING:
      return unread("text");
    case H5T_REFERENCE:
      return unread("references");
    case H5T_VLEN:
      return unread("rows of different lengths");
    default:
      return unread("no numbers");
  }
}

std::vector<std::string> text_attribute(hid_t attribute) {
  const H5Id type(H5Aget_type(attribute), H5Tclose), space(H5Aget_space(attribute), H5Sclose);
  if (!type || !space || H5Tget_class(type) != H5T_STRING) return {};
  const hssize_t count = H5Sget_simple_extent_npoints(space);
  if (count < 1 || count > 100) return {};
  std::vector<std::string> lines;
  if (H5Tis_variable_str(type) > 0) {
    const H5Id memory(H5Tcopy(type), H5Tclose);
    std::vector<char*> texts(static_cast<std::size_t>(count), nullptr);
    if (H5Aread(attribute, memory, texts.data()) < 0) return {};
    for (const char* text : texts) lines.emplace_back(text == nullptr ? "" : text);
    return lines;  // the library's own copies end with the process
  }
  const std::size_t size = H5Tget_size(type);
  if (size == 0 || size * static_cast<std::size_t>(count) > longest_text) return {};
  std::vector<char> bytes(size * static_cast<std::size_t>(count));
  if (H5Aread(attribute, type, bytes.data()) < 0) return {};
  for (std::size_t at = 0; at < bytes.size(); at += size) {
    const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    lines.emplace_back(begin, std::find(begin, begin + static_cast<std::ptrdiff_t>(size), '\0'));
  }
  return lines;
}

std::string matlab_class(hid_t object) {
  if (H5Aexists(object, "MATLAB_class") <= 0) return {};
  const H5Id attribute(H5Aopen(object, "MATLAB_class", H5P_DEFAULT), H5Aclose);
  const auto lines = attribute ? text_attribute(attribute) : std::vector<std::string>{};
  return lines.size() == 1 ? lines[0] : std::string();
}

}  // namespace halfwave::datasets
