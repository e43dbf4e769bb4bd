#include "app/cli/run_path.h"

#include "core/error.h"
#include "core/training/run_folder.h"

#include <cerrno>
#include <cstring>
#include <ctime>
#include <sys/stat.h>
#include <unistd.h>

namespace halfwave::cli {
namespace fs = std::filesystem;

fs::path new_run_folder(const std::string& name) {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  char stamp[32];
  std::strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &local);
  const std::string base = "runs/" + name + "-" + stamp;
  fs::path folder = base;
  std::error_code error;
  for (int i = 2; fs::exists(folder, error); ++i) folder = base + "-" + std::to_string(i);
  return folder;
}

void check_new_run_folder(const fs::path& folder) {
  if (is_run_folder(folder))
    throw RequestError(
        folder.string() +
        " already holds a run; add --resume to go on with it, or name another folder with --out");
  std::error_code error;
  fs::path place = fs::absolute(folder, error);
  fs::path missing;
  while (!fs::exists(place, error) && place.has_relative_path()) {
    missing = place;
    place = place.parent_path();
  }
  if (!fs::is_directory(place, error))
    throw RequestError(place.string() + " is a file, so " + folder.string() + " cannot be a run folder");
  // Some places refuse new folders though their permissions allow them, so one is made and removed again.
  const bool possible =
      missing.empty() ? access(place.c_str(), W_OK) == 0 : mkdir(missing.c_str(), 0777) == 0;
  if (!possible)
    throw RequestError(folder.string() + " cannot be written: " + std::strerror(errno) + " in " +
                       place.string());
  if (!missing.empty()) rmdir(missing.c_str());
}

void check_new_file(const fs::path& file) {
  std::error_code error;
  if (fs::is_directory(file, error))
    throw RequestError(file.string() + " is a folder; a file's name is needed");
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  if (!fs::is_directory(folder, error))
    throw RequestError("the folder " + folder.string() + " does not exist, so " + file.string() +
                       " cannot be written");
  if (access(folder.c_str(), W_OK) != 0)
    throw RequestError(file.string() + " cannot be written: " + std::strerror(errno));
}

}  // namespace halfwave::cli
