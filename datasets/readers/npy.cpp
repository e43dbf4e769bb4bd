#include "datasets/readers/format_problem.h"
#include "datasets/readers/formats.h"
#include "datasets/readers/npy_header.h"

#include <algorithm>

namespace halfwave::datasets {
namespace {

constexpr std::uint64_t most_text_bytes = 1 << 20;

/// One line of NumPy's text: UCS-4 with zeros at the end, to UTF-8.
std::string utf8_of(const char* data, std::int64_t characters, bool big_endian) {
  std::string text;
  for (std::int64_t i = 0; i < characters; ++i) {
    std::uint32_t code = 0;
    for (int byte = 0; byte < 4; ++byte) {
      const int at = big_endian ? byte : 3 - byte;
      code = code << 8 | static_cast<unsigned char>(data[4 * i + at]);
    }
    if (code == 0) break;
    if (code < 0x80) {
      text += static_cast<char>(code);
      continue;
    }
    if (code > 0x10ffff) code = 0xfffd;
    const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    text += static_cast<char>((0xff00 >> (more + 1) & 0xff) | code >> (6 * more));
    for (int rest = more; rest-- > 0;) text += static_cast<char>(0x80 | (code >> (6 * rest) & 0x3f));
  }
  return text;
}

}  // namespace

void add_npy(const std::shared_ptr<ByteSource>& bytes, const std::string& name, ArrayFile& result) {
  const NpyHeader header = read_npy_header(*bytes, name);
  ArrayFile::StoredArray array;
  array.info = {name,           header.type_text,
                header.shape,   header.fortran ? "Fortran order" : "C order",
                header.problem, header.type.complex};
  array.type = header.type;
  array.dims = header.shape;
  array.reversed = header.fortran;
  if (header.fortran) std::reverse(array.dims.begin(), array.dims.end());
  if (header.characters < 0 && !header.problem.empty()) {
    result.add(std::move(array));
    return;
  }

  const int element = header.characters >= 0 ? 4 * header.characters : header.type.size();
  const std::uint64_t needed = bytes_of_shape(header.shape, element, name);
  const std::uint64_t there = bytes->size() - header.data_offset;
  if (needed > there)
    throw FormatProblem("is cut short: " + printable(name) + " of shape " +
                        printable(shape_text(header.shape)) + " needs " + std::to_string(needed) +
                        " bytes but " + std::to_string(there) + " are there");
  if (header.characters >= 0) {
    if (needed > most_text_bytes) {
      result.add(std::move(array));
      return;
    }
    std::vector<char> text(needed);
    bytes->read(header.data_offset, needed, text.data());
    std::vector<std::string> lines;
    for (std::uint64_t at = 0; element > 0 && at < needed; at += static_cast<std::uint64_t>(element))
      lines.push_back(utf8_of(text.data() + at, header.characters, header.type.big_endian));
    result.add_text(name, std::move(lines));
    return;
  }
  array.storage = std::make_shared<PlainStorage>(bytes, header.data_offset, element, array.dims);
  result.add(std::move(array));
}

void open_npy(const std::filesystem::path& file, ArrayFile& result) {
  add_npy(std::make_shared<FileBytes>(file), "data", result);
}

}  // namespace halfwave::datasets
