#include "datasets/readers/byte_source.h"

#include "datasets/readers/format_problem.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace halfwave::datasets {

FileBytes::FileBytes(const std::filesystem::path& file) {
  // Without O_NONBLOCK, opening a pipe would wait for whoever writes to it.
  handle_ = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat status {};
  if (handle_ < 0 || ::fstat(handle_, &status) != 0) {
    const bool missing = errno == ENOENT;
    if (handle_ >= 0) ::close(handle_);
    throw FormatProblem(missing ? "does not exist" : "cannot be opened for reading");
  }
  const bool folder = S_ISDIR(status.st_mode);
  if (!S_ISREG(status.st_mode) || status.st_size == 0) {
    ::close(handle_);
    throw FormatProblem(folder                     ? "is a folder; a file is needed"
                        : !S_ISREG(status.st_mode) ? "is no ordinary file"
                                                   : "is empty");
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
}

FileBytes::~FileBytes() {
  ::close(handle_);
}

void FileBytes::read(std::uint64_t offset, std::uint64_t count, char* destination) {
  if (offset > size_ || count > size_ - offset) throw FormatProblem("ends too early");
  constexpr std::uint64_t most_at_once = std::uint64_t{1} << 30;
  while (count > 0) {
    const ssize_t got =
        ::pread(handle_, destination, std::min(count, most_at_once), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) throw FormatProblem("could not be read to its end");
    destination += got;
    offset += static_cast<std::uint64_t>(got);
    count -= static_cast<std::uint64_t>(got);
  }
}

PartBytes::PartBytes(std::shared_ptr<ByteSource> whole, std::uint64_t offset, std::uint64_t size)
    : whole_(std::move(whole)), offset_(offset), size_(size) {
  if (offset_ > whole_->size() || size_ > whole_->size() - offset_) throw FormatProblem("ends too early");
}

void PartBytes::read(std::uint64_t offset, std::uint64_t count, char* destination) {
  if (offset > size_ || count > size_ - offset) throw FormatProblem("ends too early");
  whole_->read(offset_ + offset, count, destination);
}

}  // namespace halfwave::datasets
