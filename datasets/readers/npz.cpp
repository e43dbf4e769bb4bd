#include "datasets/readers/format_problem.h"
#include "datasets/readers/formats.h"
#include "datasets/readers/inflated_bytes.h"
#include "datasets/readers/zip_archive.h"

#include <set>
#include <zlib.h>

namespace halfwave::datasets {
namespace {

/// A member's bytes, checked against the archive's CRC-32 when they are read from front to back.
class CheckedBytes final : public ByteSource {
 public:
  CheckedBytes(std::shared_ptr<ByteSource> bytes, std::uint32_t expected, std::string name)
      : bytes_(std::move(bytes)), expected_(expected), name_(std::move(name)) {}
  std::uint64_t size() const override { return bytes_->size(); }

  void read(std::uint64_t offset, std::uint64_t count, char* destination) override {
    bytes_->read(offset, count, destination);
    if (offset == 0) position_ = crc_ = 0;
    if (offset != position_) return;
    constexpr std::uint64_t most = 1 << 30;
    for (std::uint64_t done = 0; done < count; done += most)
      crc_ = ::crc32(crc_, reinterpret_cast<const Bytef*>(destination + done),
                     static_cast<uInt>(std::min(most, count - done)));
    position_ += count;
    if (position_ == size() && crc_ != expected_)
      throw FormatProblem("is damaged: " + printable(name_) + " does not match its checksum");
  }

 private:
  std::shared_ptr<ByteSource> bytes_;
  std::uint64_t position_ = 0;
  uLong crc_ = 0;
  std::uint32_t expected_;
  std::string name_;
};

std::shared_ptr<ByteSource> member_bytes(const std::shared_ptr<ByteSource>& file, ZipArchive& zip,
                                         const ZipArchive::Entry& entry) {
  const std::string name = printable(entry.name);
  if (entry.symlink) throw FormatProblem("holds a symbolic link (" + name + "), which is not followed");
  if (entry.flags & 1) throw FormatProblem("holds " + name + " encrypted, which is not read");
  if (entry.method != 0 && entry.method != 8)
    throw FormatProblem("holds " + name + " packed by method " + std::to_string(entry.method) +
                        "; numpy.savez writes 0 or 8");
  std::shared_ptr<ByteSource> bytes = std::make_shared<PartBytes>(file, zip.data_offset(entry), entry.packed);
  if (entry.method == 8)
    bytes = std::make_shared<InflatedBytes>(bytes, entry.size, InflatedBytes::Wrapping::none, entry.name);
  return std::make_shared<CheckedBytes>(bytes, entry.crc32, entry.name);
}

}  // namespace

void open_npz(const std::filesystem::path& file, ArrayFile& result) {
  const auto bytes = std::make_shared<FileBytes>(file);
  constexpr std::string_view ending = ".npy";
  char head[4] = {};
  bytes->read(0, std::min<std::uint64_t>(4, bytes->size()), head);
  if (std::string_view(head, 2) != "PK") throw FormatProblem("is not a zip archive as numpy.savez writes it");
  ZipArchive zip(file);
  std::set<std::string> seen;
  for (const auto& entry : zip.entries()) {
    if (!seen.insert(entry.name).second) throw FormatProblem("holds " + printable(entry.name) + " twice");
    if (!entry.name.ends_with(ending)) continue;
    add_npy(member_bytes(bytes, zip, entry), entry.name.substr(0, entry.name.size() - ending.size()), result);
  }
  if (result.arrays().empty())
    throw FormatProblem("is a zip archive but not one of numpy.savez (it holds no array)");
}

}  // namespace halfwave::datasets
