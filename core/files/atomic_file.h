#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace halfwave {

/// Replaces a file as a whole: writes `<file>.tmp` beside it, syncs it when `durable`, renames it over `file`
/// and syncs the folder. Whatever fails, the old file is still there and whole, and no temporary file is
/// left. Throws RunError with the system's reason.
void replace_file(const std::filesystem::path& file, std::string_view bytes, bool durable);

/// The whole of a file. Throws RequestError when it cannot be read.
std::string read_file(const std::filesystem::path& file);

/// A file that lines are appended to.
class AppendFile {
 public:
  AppendFile() = default;
  /// Creates the file if it is not there. Throws RunError.
  explicit AppendFile(const std::filesystem::path& file);
  ~AppendFile();
  AppendFile(AppendFile&& other) noexcept;
  AppendFile& operator=(AppendFile&& other) noexcept;

  /// Appends `text` whole or not at all. Throws RunError.
  void append(std::string_view text);
  bool is_open() const { return descriptor_ >= 0; }

 private:
  std::filesystem::path file_;
  int descriptor_ = -1;
};

}  // namespace halfwave
