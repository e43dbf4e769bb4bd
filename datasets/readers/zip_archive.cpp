#include "datasets/readers/zip_archive.h"

#include "datasets/readers/format_problem.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace halfwave::datasets {
namespace {

constexpr std::uint32_t local_signature = 0x04034b50;
constexpr std::uint32_t central_signature = 0x02014b50;
constexpr std::uint32_t end_signature = 0x06054b50;
constexpr std::uint32_t end64_signature = 0x06064b50;
constexpr std::uint32_t locator64_signature = 0x07064b50;
constexpr std::uint64_t end_size = 22, end64_size = 56, locator64_size = 20, central_size = 46,
                        local_size = 30;
constexpr std::uint32_t in_zip64 = 0xFFFFFFFF;

/// Little-endian number at `offset`; the caller has checked that it lies inside.
template <typename Number>
Number number_at(const std::vector<char>& bytes, std::uint64_t offset) {
  Number value = 0;
  for (std::size_t i = sizeof(Number); i-- > 0;)
    value = static_cast<Number>(static_cast<std::uint64_t>(value) << 8 |
                                static_cast<unsigned char>(bytes[offset + i]));
  return value;
}

/// Eight tables, so that eight bytes are taken at a time.
constexpr auto crc_tables = [] {
  std::array<std::array<std::uint32_t, 256>, 8> tables{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ (value & 1 ? 0xEDB88320u : 0u);
    tables[0][i] = value;
  }
  for (std::size_t t = 1; t < 8; ++t)
    for (std::size_t i = 0; i < 256; ++i)
      tables[t][i] = (tables[t - 1][i] >> 8) ^ tables[0][tables[t - 1][i] & 0xFF];
  return tables;
}();

/// Sizes and the offset of a directory entry that are too large for 32 bits, from its extra field.
void read_zip64(const std::vector<char>& bytes, std::uint64_t begin, std::uint64_t size,
                std::array<std::uint64_t*, 3> wanted) {
  const std::uint64_t end = begin + size;
  while (begin + 4 <= end) {
    const auto id = number_at<std::uint16_t>(bytes, begin);
    const std::uint64_t next = begin + 4 + number_at<std::uint16_t>(bytes, begin + 2);
    if (next > end) return;
    if (id == 1) {
      std::uint64_t at = begin + 4;
      for (std::uint64_t* value : wanted) {
        if (*value != in_zip64) continue;
        if (at + 8 > next) return;
        *value = number_at<std::uint64_t>(bytes, at);
        at += 8;
      }
      return;
    }
    begin = next;
  }
}

}  // namespace

std::uint32_t crc32(const char* data, std::size_t size) {
  std::uint32_t crc = 0xFFFFFFFFu;
  while (size >= 8) {
    std::uint32_t low, high;
    std::memcpy(&low, data, 4);
    std::memcpy(&high, data + 4, 4);
    low ^= crc;
    crc = crc_tables[7][low & 0xFF] ^ crc_tables[6][low >> 8 & 0xFF] ^ crc_tables[5][low >> 16 & 0xFF] ^
          crc_tables[4][low >> 24] ^ crc_tables[3][high & 0xFF] ^ crc_tables[2][high >> 8 & 0xFF] ^
          crc_tables[1][high >> 16 & 0xFF] ^ crc_tables[0][high >> 24];
    data += 8;
    size -= 8;
  }
  for (; size > 0; --size, ++data)
    crc = (crc >> 8) ^ crc_tables[0][(crc ^ static_cast<unsigned char>(*data)) & 0xFF];
  return ~crc;
}

ZipArchive::ZipArchive(const std::filesystem::path& file) : stream_(file, std::ios::binary) {
  if (!stream_) throw FormatProblem("cannot be opened for reading");
  stream_.seekg(0, std::ios::end);
  const auto size = stream_.tellg();
  if (size < 0) throw FormatProblem("cannot be read");
  file_size_ = static_cast<std::uint64_t>(size);
  if (file_size_ == 0) throw FormatProblem("is empty");

  const auto head = read_at(0, std::min<std::uint64_t>(file_size_, 4));
  if (head.size() < 4 || number_at<std::uint32_t>(head, 0) != local_signature)
    throw FormatProblem("is not a zip archive as torch.save writes it");

  // The end record is the last thing in the file but for a comment of at most 65535 bytes.
  const std::uint64_t tail_size = std::min<std::uint64_t>(file_size_, end_size + 65535);
  const std::uint64_t tail_begin = file_size_ - tail_size;
  const auto tail = read_at(tail_begin, tail_size);
  for (std::uint64_t at = tail_size < end_size ? 0 : tail_size - end_size + 1; at-- > 0;) {
    if (number_at<std::uint32_t>(tail, at) != end_signature) continue;
    std::uint64_t directory_size = number_at<std::uint32_t>(tail, at + 12);
    std::uint64_t directory_offset = number_at<std::uint32_t>(tail, at + 16);
    const std::uint64_t end_offset = tail_begin + at;
    if (end_offset >= locator64_size) {
      const auto locator = read_at(end_offset - locator64_size, locator64_size);
      const auto end64_offset = number_at<std::uint64_t>(locator, 8);
      if (number_at<std::uint32_t>(locator, 0) == locator64_signature && file_size_ >= end64_size &&
          end64_offset <= file_size_ - end64_size) {
        const auto end64 = read_at(end64_offset, end64_size);
        if (number_at<std::uint32_t>(end64, 0) == end64_signature) {
          directory_size = number_at<std::uint64_t>(end64, 40);
          directory_offset = number_at<std::uint64_t>(end64, 48);
        }
      }
    }
    read_directory(directory_offset, directory_size);
    return;
  }
  throw FormatProblem("is cut short: the directory at the end of the archive is missing");
}

void ZipArchive::read_directory(std::uint64_t offset, std::uint64_t size) {
  if (offset > file_size_ || size > file_size_ - offset)
    throw FormatProblem("is damaged: its archive directory lies outside the file");
  const auto bytes = read_at(offset, size);
  std::uint64_t at = 0;
  while (at + central_size <= size && number_at<std::uint32_t>(bytes, at) == central_signature) {
    const std::uint64_t name_size = number_at<std::uint16_t>(bytes, at + 28);
    const std::uint64_t extra_size = number_at<std::uint16_t>(bytes, at + 30);
    const std::uint64_t comment_size = number_at<std::uint16_t>(bytes, at + 32);
    const std::uint64_t next = at + central_size + name_size + extra_size + comment_size;
    if (next > size) throw FormatProblem("is damaged: an entry of its archive directory is cut");

    Entry entry;
    entry.name.assign(bytes.data() + at + central_size, name_size);
    entry.flags = number_at<std::uint16_t>(bytes, at + 8);
    entry.method = number_at<std::uint16_t>(bytes, at + 10);
    entry.crc32 = number_at<std::uint32_t>(bytes, at + 16);
    entry.packed = number_at<std::uint32_t>(bytes, at + 20);
    entry.size = number_at<std::uint32_t>(bytes, at + 24);
    entry.header_offset = number_at<std::uint32_t>(bytes, at + 42);
    read_zip64(bytes, at + central_size + name_size, extra_size,
               {&entry.size, &entry.packed, &entry.header_offset});
    // Attributes of a file made under Unix hold its mode, whose upper four bits say what it is.
    const bool unix_made = number_at<std::uint16_t>(bytes, at + 4) >> 8 == 3;
    entry.symlink = unix_made && number_at<std::uint32_t>(bytes, at + 38) >> 28 == 0xA;
    if (entry.packed > file_size_ || entry.header_offset > file_size_ ||
        (entry.method == 0 && entry.packed != entry.size))
      throw FormatProblem("is damaged: record " + printable(entry.name) + " does not fit into the file");
    entries_.push_back(std::move(entry));
    at = next;
  }
  if (entries_.empty()) throw FormatProblem("is an archive without records");
}

const ZipArchive::Entry* ZipArchive::find(std::string_view name) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [name](const Entry& entry) { return entry.name == name; });
  return found == entries_.end() ? nullptr : &*found;
}

std::uint64_t ZipArchive::data_offset(const Entry& entry) {
  const auto damaged = [&] {
    return FormatProblem("is damaged: record " + printable(entry.name) + " is not where it should be");
  };
  if (file_size_ < local_size || entry.header_offset > file_size_ - local_size) throw damaged();
  const auto header = read_at(entry.header_offset, local_size);
  if (number_at<std::uint32_t>(header, 0) != local_signature) throw damaged();
  const std::uint64_t begin = entry.header_offset + local_size + number_at<std::uint16_t>(header, 26) +
                              number_at<std::uint16_t>(header, 28);
  if (begin > file_size_ || entry.packed > file_size_ - begin) throw damaged();
  return begin;
}

void ZipArchive::require_stored(const Entry& entry) {
  if (entry.flags & 1) throw FormatProblem("is encrypted, which torch.save never does");
  if (entry.method != 0) throw FormatProblem("holds compressed records, which torch.save never writes");
}

void ZipArchive::read(const Entry& entry, char* destination) {
  require_stored(entry);
  const std::uint64_t begin = data_offset(entry);
  stream_.clear();
  stream_.seekg(static_cast<std::streamoff>(begin));
  if (!stream_.read(destination, static_cast<std::streamsize>(entry.size)))
    throw FormatProblem("could not be read to its end");
  // torch.save can be told to leave checksums out; it then writes 0.
  if (entry.crc32 != 0 && crc32(destination, entry.size) != entry.crc32)
    throw FormatProblem("is damaged: record " + printable(entry.name) + " does not match its checksum");
}

std::vector<char> ZipArchive::read_at(std::uint64_t offset, std::uint64_t size) {
  std::vector<char> bytes(size);
  stream_.clear();
  stream_.seekg(static_cast<std::streamoff>(offset));
  if (size > 0 && !stream_.read(bytes.data(), static_cast<std::streamsize>(size)))
    throw FormatProblem("could not be read to its end");
  return bytes;
}

}  // namespace halfwave::datasets
