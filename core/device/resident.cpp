#include "core/device/resident.h"

#include <fstream>
#include <sstream>
#include <string>

namespace halfwave {
namespace {

// A line of /proc/self/status, for instance "VmHWM:	  123456 kB".
std::int64_t status_bytes(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind(field, 0) != 0) continue;
    std::istringstream words(line.substr(field.size()));
    std::int64_t kilobytes = 0;
    words >> kilobytes;
    return kilobytes * 1024;
  }
  return 0;
}

}  // namespace

std::int64_t resident_bytes() {
  return status_bytes("VmRSS:");
}

std::int64_t peak_resident_bytes() {
  return status_bytes("VmHWM:");
}

void forget_resident_peak() {
  // 5 resets the high-water mark (proc(5), clear_refs).
  std::ofstream("/proc/self/clear_refs") << 5;
}

}  // namespace halfwave
