#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

namespace halfwave::datasets {

/// Bytes that are read piece by piece. Reading from several threads needs a lock of the caller's. All throw
/// FormatProblem.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  virtual std::uint64_t size() const = 0;
  /// Copies bytes [offset, offset + count), all of which must exist.
  virtual void read(std::uint64_t offset, std::uint64_t count, char* destination) = 0;
};

/// A file on disk.
class FileBytes final : public ByteSource {
 public:
  explicit FileBytes(const std::filesystem::path& file);
  ~FileBytes() override;
  FileBytes(const FileBytes&) = delete;
  FileBytes& operator=(const FileBytes&) = delete;
  std::uint64_t size() const override { return size_; }
  void read(std::uint64_t offset, std::uint64_t count, char* destination) override;

 private:
  int handle_ = -1;
  std::uint64_t size_ = 0;
};

/// A part of another source.
class PartBytes final : public ByteSource {
 public:
  PartBytes(std::shared_ptr<ByteSource> whole, std::uint64_t offset, std::uint64_t size);
  std::uint64_t size() const override { return size_; }
  void read(std::uint64_t offset, std::uint64_t count, char* destination) override;

 private:
  std::shared_ptr<ByteSource> whole_;
  std::uint64_t offset_, size_;
};

}  // namespace halfwave::datasets
