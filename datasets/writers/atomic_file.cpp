#include "datasets/writers/atomic_file.h"

#include "core/error.h"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <string>
#include <unistd.h>

namespace halfwave::datasets {
namespace {

namespace fs = std::filesystem;

fs::path temporary_beside(const fs::path& file) {
  static std::atomic<unsigned> counter{0};
  fs::path temporary = file;
  temporary += ".part-" + std::to_string(::getpid()) + "-" + std::to_string(counter++);
  return temporary;
}

bool sync(const fs::path& file) {
  const int handle = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (handle < 0) return false;
  const bool done = ::fsync(handle) == 0;
  ::close(handle);
  return done;
}

/// Removes the temporary file unless it was renamed.
class Temporary {
 public:
  explicit Temporary(fs::path path) : path_(std::move(path)) {}
  ~Temporary() {
    std::error_code ignored;
    fs::remove(path_, ignored);
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

}  // namespace

void write_atomically(const fs::path& file, const std::function<void(std::ostream&)>& write) {
  replace_atomically(file, [&](const fs::path& temporary) {
    std::ofstream stream(temporary, std::ios::binary);
    if (!stream) throw RequestError(file.string() + " cannot be written: " + std::strerror(errno) + ".");
    write(stream);
    stream.close();
    if (!stream) throw RunError(file.string() + " could not be written completely; is the disk full?");
  });
}

void replace_atomically(const fs::path& file, const std::function<void(const fs::path&)>& write) {
  std::error_code error;
  if (file.filename().empty() || fs::is_directory(file, error))
    throw RequestError(file.string() + " is a folder; the name of a file is needed.");
  if (file.has_parent_path()) {
    fs::create_directories(file.parent_path(), error);
    if (error)
      throw RequestError("The folder " + file.parent_path().string() + " cannot be made: " + error.message() +
                         ".");
  }
  const Temporary temporary(temporary_beside(file));
  write(temporary.path());
  if (!sync(temporary.path()))
    throw RunError(file.string() + " could not be written completely; is the disk full?");
  fs::rename(temporary.path(), file, error);
  if (error) throw RunError(file.string() + " could not be put in place: " + error.message() + ".");
}

}  // namespace halfwave::datasets
