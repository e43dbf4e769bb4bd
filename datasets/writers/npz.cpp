#include "datasets/writers/npz.h"

#include "datasets/writers/atomic_file.h"
#include "datasets/writers/dataset_parts.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <string_view>
#include <zlib.h>

namespace halfwave::datasets {
namespace {

template <typename Number>
void put(std::string& bytes, Number value) {
  for (std::size_t i = 0; i < sizeof(Number); ++i)
    bytes += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i));
}

/// A zip file of members that are stored as they are, with 64-bit sizes throughout, so that any size fits.
class ZipWriter {
 public:
  explicit ZipWriter(std::ostream& stream) : stream_(stream) {}

  void add(const std::string& name, std::string_view head, std::string_view body) {
    const std::uint32_t crc = continued(continued(0, head), body);
    const std::uint64_t size = head.size() + body.size();
    std::string local;
    put(local, std::uint32_t{0x04034b50});
    common(local, crc, name.size(), 20);
    local += name;
    put(local, std::uint16_t{1});  // the extra field of 64-bit sizes
    put(local, std::uint16_t{16});
    put(local, size);
    put(local, size);

    put(directory_, std::uint32_t{0x02014b50});
    put(directory_, std::uint16_t{3 << 8 | 45});  // made under Unix
    common(directory_, crc, name.size(), 28);
    put(directory_, std::uint16_t{0});  // comment
    put(directory_, std::uint16_t{0});  // disk
    put(directory_, std::uint16_t{0});
    put(directory_, std::uint32_t{0100644} << 16);  // an ordinary file
    put(directory_, std::uint32_t{0xffffffff});
    directory_ += name;
    put(directory_, std::uint16_t{1});
    put(directory_, std::uint16_t{24});
    put(directory_, size);
    put(directory_, size);
    put(directory_, written_);
    ++members_;
    write(local);
    write(head);
    write(body);
  }

  void finish() {
    const std::uint64_t begin = written_, size = directory_.size();
    write(directory_);
    const std::uint64_t end64 = written_;
    std::string end;
    put(end, std::uint32_t{0x06064b50});
    put(end, std::uint64_t{44});
    put(end, std::uint16_t{3 << 8 | 45});
    put(end, std::uint16_t{45});
    put(end, std::uint64_t{0});
    put(end, members_);
    put(end, members_);
    put(end, size);
    put(end, begin);
    put(end, std::uint32_t{0x07064b50});
    put(end, std::uint32_t{0});
    put(end, end64);
    put(end, std::uint32_t{1});
    put(end, std::uint32_t{0x06054b50});
    put(end, std::uint32_t{0});
    put(end, static_cast<std::uint16_t>(members_));
    put(end, static_cast<std::uint16_t>(members_));
    put(end, std::uint32_t{0xffffffff});
    put(end, std::uint32_t{0xffffffff});
    put(end, std::uint16_t{0});
    write(end);
  }

 private:
  /// From the version needed to the lengths of name and extra field.
  static void common(std::string& bytes, std::uint32_t crc, std::size_t name, std::uint16_t extra) {
    put(bytes, std::uint16_t{45});
    put(bytes, std::uint16_t{0x0800});  // the name is UTF-8
    put(bytes, std::uint16_t{0});
    put(bytes, std::uint16_t{0});
    put(bytes, std::uint16_t{0x21});  // 1 January 1980: equal data make equal files
    put(bytes, crc);
    put(bytes, std::uint32_t{0xffffffff});
    put(bytes, std::uint32_t{0xffffffff});
    put(bytes, static_cast<std::uint16_t>(name));
    put(bytes, extra);
  }

  static std::uint32_t continued(std::uint32_t crc, std::string_view bytes) {
    constexpr std::size_t most = std::size_t{1} << 30;
    for (; !bytes.empty(); bytes.remove_prefix(std::min(most, bytes.size())))
      crc = static_cast<std::uint32_t>(::crc32(crc, reinterpret_cast<const Bytef*>(bytes.data()),
                                               static_cast<uInt>(std::min(most, bytes.size()))));
    return crc;
  }

  void write(std::string_view bytes) {
    stream_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    written_ += bytes.size();
  }

  std::ostream& stream_;
  std::string directory_;
  std::uint64_t written_ = 0, members_ = 0;
};

/// The head of NumPy's array format, version 1.
std::string npy_head(const std::string& type, at::IntArrayRef shape) {
  std::string text = "{'descr': '";
  text += type;
  text += "', 'fortran_order': False, 'shape': (";
  for (std::int64_t size : shape) text += std::to_string(size) + ",";
  text += "), }";
  constexpr std::size_t before = 10, unit = 64;
  text.append(unit - (before + text.size() + 1) % unit, ' ');
  text += '\n';
  std::string head("\x93NUMPY\x01\x00", 8);
  put(head, static_cast<std::uint16_t>(text.size()));
  return head + text;
}

/// UTF-8 to code points; what is none becomes U+FFFD.
std::u32string code_points(const std::string& text) {
  std::u32string points;
  for (std::size_t at = 0; at < text.size();) {
    const auto first = static_cast<unsigned char>(text[at++]);
    int more = first < 0x80 ? 0 : first >> 5 == 6 ? 1 : first >> 4 == 14 ? 2 : first >> 3 == 30 ? 3 : -1;
    char32_t point = more <= 0 ? first : first & (0x3f >> more);
    if (more < 0) point = 0xfffd;
    for (; more > 0; --more, ++at) {
      if (at == text.size() || (static_cast<unsigned char>(text[at]) & 0xc0) != 0x80) {
        point = 0xfffd;
        break;
      }
      point = point << 6 | (static_cast<unsigned char>(text[at]) & 0x3f);
    }
    points += point <= 0x10ffff ? point : U'\xfffd';
  }
  return points;
}

/// An array of text; of no axes when `lines` is one line that stands alone.
std::string npy_text(const std::vector<std::string>& lines, bool alone) {
  std::vector<std::u32string> rows;
  std::size_t longest = 1;
  for (const auto& line : lines) {
    rows.push_back(code_points(line));
    longest = std::max(longest, rows.back().size());
  }
  std::vector<std::int64_t> shape;
  if (!alone) shape.push_back(static_cast<std::int64_t>(lines.size()));
  std::string bytes = npy_head("<U" + std::to_string(longest), shape);
  for (auto& row : rows) {
    row.resize(longest, U'\0');
    for (char32_t point : row) put(bytes, static_cast<std::uint32_t>(point));
  }
  return bytes;
}

std::string_view bytes_of(const at::Tensor& tensor) {
  return {static_cast<const char*>(tensor.const_data_ptr()), tensor.nbytes()};
}

}  // namespace

void write_npz(const Dataset& dataset, const std::filesystem::path& file) {
  write_npz(parts_of(dataset), file);
}

void write_npz(const NamedArrays& arrays, const std::filesystem::path& file) {
  write_atomically(file, [&](std::ostream& stream) {
    ZipWriter zip(stream);
    for (const NamedArray& part : arrays.arrays)
      zip.add(part.name + ".npy", npy_head(is_whole(part) ? "<i8" : "<f4", part.values.sizes()),
              bytes_of(part.values));
    for (const auto& [name, text] : arrays.texts) zip.add(name + ".npy", npy_text({text}, true), {});
    zip.add("provenance.npy", npy_text(arrays.provenance, false), {});
    zip.finish();
  });
}

}  // namespace halfwave::datasets
