#include "core/device/machine.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace halfwave {
namespace {

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

}  // namespace

bool ProcessorInfo::has(const std::string& flag) const {
  return std::find(flags.begin(), flags.end(), flag) != flags.end();
}

bool ProcessorInfo::has_bf16() const {
  return has("avx512_bf16") || has("amx_bf16") || has("bf16");
}

ProcessorInfo parse_processor_info(std::istream& text) {
  ProcessorInfo info;
  for (std::string line; std::getline(text, line);) {
    const auto colon = line.find(':');
    if (colon == std::string::npos) {
      if (!info.flags.empty()) break;  // an empty line ends the first processor; the others are like it
      continue;
    }
    const std::string key = trimmed(line.substr(0, colon));
    const std::string value = trimmed(line.substr(colon + 1));
    if (key == "model name" && info.model.empty()) info.model = value;
    if ((key == "flags" || key == "Features") && info.flags.empty()) {
      std::istringstream words(value);
      for (std::string word; words >> word;) info.flags.push_back(word);
    }
  }
  if (info.model.empty()) info.model = "unknown processor";
  return info;
}

ProcessorInfo processor_info() {
  std::ifstream file("/proc/cpuinfo");
  return parse_processor_info(file);
}

std::int64_t main_memory_bytes() {
  std::int64_t bytes = static_cast<std::int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
  std::ifstream file("/sys/fs/cgroup/memory.max");
  if (std::int64_t limit = 0; file >> limit && limit > 0) bytes = std::min(bytes, limit);
  return bytes;
}

}  // namespace halfwave
