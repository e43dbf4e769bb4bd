#include "fuzz/read_as.h"

#include "support/complaint.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

namespace halfwave::fuzz {

int read_as(const std::uint8_t* data, std::size_t size, const char* extension) {
  static const std::filesystem::path file =
      std::filesystem::temp_directory_path() / ("halfwave-fuzz-" + std::to_string(::getpid()) + extension);
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  complaint(file);
  return 0;
}

}  // namespace halfwave::fuzz
