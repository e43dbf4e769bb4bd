#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace halfwave::datasets {

/// The entries of a zip file. Nothing is believed before it is checked against the file's size, so reading
/// never takes more memory than the file.
class ZipArchive {
 public:
  struct Entry {
    std::string name;
    std::uint64_t header_offset = 0;
    std::uint64_t size = 0;    ///< unpacked
    std::uint64_t packed = 0;  ///< as it lies in the file
    std::uint32_t crc32 = 0;
    std::uint16_t method = 0;
    std::uint16_t flags = 0;
    bool symlink = false;
  };

  /// Reads the directory. Throws FormatProblem.
  explicit ZipArchive(const std::filesystem::path& file);

  const std::vector<Entry>& entries() const { return entries_; }
  /// The entry of that name, or nullptr.
  const Entry* find(std::string_view name) const;
  /// Throws FormatProblem unless the entry's bytes lie in the file as they are.
  static void require_stored(const Entry& entry);
  /// Where an entry's bytes begin; all of them are inside the file. Throws FormatProblem.
  std::uint64_t data_offset(const Entry& entry);
  /// Copies the bytes of an entry that is stored unpacked to `destination` (room for `entry.size`) and checks
  /// them against the stored CRC-32. Throws FormatProblem.
  void read(const Entry& entry, char* destination);
  std::uint64_t file_size() const { return file_size_; }

 private:
  std::vector<char> read_at(std::uint64_t offset, std::uint64_t size);
  void read_directory(std::uint64_t offset, std::uint64_t size);

  std::ifstream stream_;
  std::uint64_t file_size_ = 0;
  std::vector<Entry> entries_;
};

/// CRC-32 as zip defines it (polynomial 0xEDB88320).
std::uint32_t crc32(const char* data, std::size_t size);

}  // namespace halfwave::datasets
