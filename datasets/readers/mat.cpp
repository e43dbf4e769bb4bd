#include "datasets/readers/format_problem.h"
#include "datasets/readers/formats.h"
#include "datasets/readers/inflated_bytes.h"

#include <algorithm>
#include <array>
#include <optional>

namespace halfwave::datasets {
namespace {

// Numbers of MATLAB's "MAT-File Format" for version 5: types of data elements, then classes of arrays.
constexpr std::uint32_t mi_int8 = 1, mi_int32 = 5, mi_uint32 = 6, mi_matrix = 14, mi_compressed = 15;
constexpr std::uint32_t mx_char = 4, mx_double = 6, mx_uint64 = 15;
constexpr std::uint32_t complex_flag = 0x0800, logical_flag = 0x0200;
constexpr std::uint64_t file_header = 128;
constexpr std::size_t most_arrays = 10'000;

std::optional<ElementType> element_type(std::uint32_t type) {
  using Kind = ElementType::Kind;
  switch (type) {
    case 1:
    case 3:
    case 5:
      return ElementType{Kind::whole, 1 << (type - 1) / 2};
    case 2:
    case 4:
    case 6:
      return ElementType{Kind::natural, 1 << (type - 2) / 2};
    case 7:
      return ElementType{Kind::real, 4};
    case 9:
      return ElementType{Kind::real, 8};
    case 12:
      return ElementType{Kind::whole, 8};
    case 13:
      return ElementType{Kind::natural, 8};
    default:
      return std::nullopt;
  }
}

std::string class_name(std::uint32_t number) {
  constexpr std::array names = {"", "a cell array", "a struct", "an object", "text", "a sparse matrix"};
  if (number >= 1 && number < names.size()) return names[number];
  return number == 16 ? "a function" : "an object of a class";
}

/// A data element: its type, and where its bytes are.
struct Element {
  std::uint32_t type = 0;
  std::uint64_t begin = 0;
  std::uint64_t size = 0;
  std::uint64_t end = 0;  ///< where the next one begins
};

/// Data elements within some bytes.
class Elements {
 public:
  Elements(std::shared_ptr<ByteSource> bytes, bool big_endian) : bytes_(std::move(bytes)), big_(big_endian) {}

  Element at(std::uint64_t offset) {
    const std::uint32_t word = number(offset);
    Element element;
    if (word >> 16 != 0) {  // up to four bytes lie in the tag itself
      element = {word & 0xffff, offset + 4, word >> 16, offset + 8};
      if (element.size > 4) throw damaged();
    } else {
      element = {word, offset + 8, number(offset + 4), 0};
      const std::uint64_t padded = element.type == mi_compressed ? element.size : (element.size + 7) / 8 * 8;
      element.end = element.begin + padded;
    }
    if (element.begin > bytes_->size() || element.size > bytes_->size() - element.begin)
      throw FormatProblem("is cut short: an array ends beyond the end of the file");
    return element;
  }

  std::uint32_t number(std::uint64_t offset) {
    unsigned char raw[4];
    bytes_->read(offset, 4, reinterpret_cast<char*>(raw));
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) value = value << 8 | raw[big_ ? i : 3 - i];
    return value;
  }

  static FormatProblem damaged() {
    return FormatProblem("is damaged: an array's description cannot be understood");
  }

  const std::shared_ptr<ByteSource>& bytes() const { return bytes_; }
  bool big_endian() const { return big_; }

 private:
  std::shared_ptr<ByteSource> bytes_;
  bool big_;
};

std::shared_ptr<ArrayStorage> numbers(Elements& elements, const Element& data,
                                      const ArrayFile::StoredArray& array, ElementType& type) {
  const auto stored = element_type(data.type);
  if (!stored) throw Elements::damaged();
  type = *stored;
  type.big_endian = elements.big_endian();
  if (bytes_of_shape(array.dims, type.bytes, array.info.name) != data.size)
    throw FormatProblem("is damaged: " + printable(array.info.name) + " claims the shape " +
                        printable(shape_text(array.info.shape)) + " but has " + std::to_string(data.size) +
                        " bytes");
  return std::make_shared<PlainStorage>(elements.bytes(), data.begin, type.bytes, array.dims);
}

void add_matrix(Elements& elements, const Element& matrix, ArrayFile& result) {
  const Element flags = elements.at(matrix.begin);
  if (flags.type != mi_uint32 || flags.size != 8) throw Elements::damaged();
  const std::uint32_t word = elements.number(flags.begin), number = word & 0xff;
  const Element dims = elements.at(flags.end);
  if (dims.type != mi_int32 || dims.size % 4 != 0 || dims.size < 8 || dims.size > 4 * 32) {
    // Objects of classes have other parts.
    if (number <= mx_uint64) throw Elements::damaged();
    return;
  }
  ArrayFile::StoredArray array;
  for (std::uint64_t at = 0; at < dims.size; at += 4) {
    const auto size = static_cast<std::int32_t>(elements.number(dims.begin + at));
    if (size < 0) throw Elements::damaged();
    array.info.shape.push_back(size);
  }
  array.dims.assign(array.info.shape.rbegin(), array.info.shape.rend());
  array.reversed = true;
  const Element name = elements.at(dims.end);
  if (name.type != mi_int8 || name.size > 255) throw Elements::damaged();
  array.info.name.resize(name.size);
  elements.bytes()->read(name.begin, name.size, array.info.name.data());
  array.info.name = printable(array.info.name);
  array.info.layout = "Fortran order";
  if (number < mx_double || number > mx_uint64) {
    array.info.type = number == mx_char ? "text" : class_name(number);
    array.info.problem = "is " + class_name(number) + "; arrays of numbers are read";
    result.add(std::move(array));
    return;
  }

  const Element real = elements.at(name.end);
  array.storage = numbers(elements, real, array, array.type);
  if (word & complex_flag) {
    ElementType type;
    array.imaginary = numbers(elements, elements.at(real.end), array, type);
    if (type != array.type) throw Elements::damaged();
    array.type.complex = array.info.complex = true;
  } else if (word & logical_flag && array.type.bytes == 1) {
    array.type.kind = ElementType::Kind::truth;
  }
  array.info.type = type_name(array.type);
  result.add(std::move(array));
}

}  // namespace

void open_mat(const std::filesystem::path& file, ArrayFile& result) {
  const std::shared_ptr<ByteSource> bytes = std::make_shared<FileBytes>(file);
  std::string head(file_header, '\0');
  const std::uint64_t size = std::min(bytes->size(), file_header);
  bytes->read(0, size, head.data());
  if (head.starts_with("MATLAB 7.3") || head.starts_with("\x89HDF")) return open_hdf5(file, result);
  const std::string_view order = std::string_view(head).substr(126, 2);
  if (size < file_header || (order != "IM" && order != "MI"))
    throw FormatProblem("is not a MATLAB file of version 5 to 7.3 (in MATLAB, save it with -v7 or -v7.3)");

  const bool big_endian = order == "MI";
  Elements elements(bytes, big_endian);
  for (std::uint64_t at = file_header; at + 8 <= bytes->size();) {
    const Element element = elements.at(at);
    if (result.arrays().size() == most_arrays) throw FormatProblem("holds too many arrays");
    if (element.type == mi_matrix) {
      Elements inner(std::make_shared<PartBytes>(bytes, 0, element.begin + element.size), big_endian);
      add_matrix(inner, element, result);
    } else if (element.type == mi_compressed) {
      const auto packed = std::make_shared<PartBytes>(bytes, element.begin, element.size);
      constexpr auto zlib = InflatedBytes::Wrapping::zlib;
      const std::string what = "an array";
      Elements tag(std::make_shared<InflatedBytes>(packed, 8, zlib, what), big_endian);
      const std::uint32_t type = tag.number(0);
      const std::uint64_t unpacked = std::uint64_t{8} + tag.number(4);
      if (type != mi_matrix) throw Elements::damaged();
      Elements inner(std::make_shared<InflatedBytes>(packed, unpacked, zlib, what), big_endian);
      add_matrix(inner, inner.at(0), result);
    } else {
      throw Elements::damaged();
    }
    at = element.end;
  }
  if (result.arrays().empty()) throw FormatProblem("holds no array");
}

}  // namespace halfwave::datasets
