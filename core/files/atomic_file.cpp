#include "core/files/atomic_file.h"

#include "core/error.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace halfwave {
namespace {

[[noreturn]] void fail(const std::filesystem::path& file, int error) {
  throw RunError(file.string() + " could not be written: " + std::strerror(error) + ".");
}

/// 0, or the error.
int write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

int sync_folder(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return errno;
  // Some file systems cannot sync a folder; the rename is then as durable as it gets.
  const int error = ::fsync(descriptor) == 0 || errno == EINVAL ? 0 : errno;
  ::close(descriptor);
  return error;
}

}  // namespace

void replace_file(const std::filesystem::path& file, std::string_view bytes, bool durable) {
  std::filesystem::path temporary = file;
  temporary += ".tmp";
  const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor < 0) fail(file, errno);
  int error = write_all(descriptor, bytes);
  if (error == 0 && durable && ::fsync(descriptor) != 0) error = errno;
  if (::close(descriptor) != 0 && error == 0) error = errno;
  if (error == 0 && ::rename(temporary.c_str(), file.c_str()) != 0) error = errno;
  if (error != 0) {
    ::unlink(temporary.c_str());
    fail(file, error);
  }
  if (!durable) return;
  const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
  if (const int folder_error = sync_folder(folder); folder_error != 0) fail(file, folder_error);
}

std::string read_file(const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::is_directory(file, error))
    throw RequestError(file.string() + " is a folder; a file would be right.");
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  if (stream) text << stream.rdbuf();
  if (!stream || stream.bad())
    throw RequestError(file.string() + " cannot be read: " + std::strerror(errno != 0 ? errno : EIO) + ".");
  return std::move(text).str();
}

AppendFile::AppendFile(const std::filesystem::path& file)
    : file_(file), descriptor_(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666)) {
  if (descriptor_ < 0) fail(file, errno);
  // Tells other programs that the file is being written. A reader that asks holds its own lock for an
  // instant.
  for (int attempt = 0; attempt < 20 && ::flock(descriptor_, LOCK_SH | LOCK_NB) != 0; ++attempt) {
    if (errno != EWOULDBLOCK) break;
    ::usleep(500);
  }
}

AppendFile::~AppendFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

AppendFile::AppendFile(AppendFile&& other) noexcept
    : file_(std::move(other.file_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

AppendFile& AppendFile::operator=(AppendFile&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

void AppendFile::append(std::string_view text) {
  struct stat before {};
  if (::fstat(descriptor_, &before) != 0) fail(file_, errno);
  const int error = write_all(descriptor_, text);
  if (error == 0) return;
  // Half a line would be worse than none; if even this fails, readers ignore a line without an end.
  [[maybe_unused]] const int cut = ::ftruncate(descriptor_, before.st_size);
  fail(file_, error);
}

}  // namespace halfwave
