#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

namespace halfwave {

/// The processor as the kernel describes it.
struct ProcessorInfo {
  std::string model;               ///< "unknown processor" when the kernel does not say
  std::vector<std::string> flags;  ///< instruction sets, as in /proc/cpuinfo
  bool has(const std::string& flag) const;
  /// Whether it multiplies bf16 numbers itself.
  bool has_bf16() const;
};

/// Reads text laid out as /proc/cpuinfo.
ProcessorInfo parse_processor_info(std::istream& text);
ProcessorInfo processor_info();

/// Main memory that this process can use: the machine's, or less where its control group is limited.
std::int64_t main_memory_bytes();

}  // namespace halfwave
