#pragma once

#include "core/precision/format.h"

#include <string>
#include <vector>

namespace halfwave {

/// Whether a device really computes in a format.
enum class Support : std::uint8_t { native, emulated };
inline const char* name(Support support) {
  return support == Support::native ? "native" : "emulated";
}

struct DeviceInfo {
  std::string name;         ///< `cpu`, `cuda` or `cuda:1`
  std::string description;  ///< processor or card, for a person
  bool available = false;
  std::string reason;             ///< why it is not available
  std::int64_t memory_bytes = 0;  ///< of the device
  int threads = 0;                ///< CPU: threads LibTorch uses
  std::vector<Support> support;   ///< by Format
  Support supports(Format format) const { return support[static_cast<std::size_t>(format)]; }
};

/// Every device this machine might have, `cpu` first, also those that cannot be used, with the reason.
std::vector<DeviceInfo> list_devices();

/// The named device. Throws RequestError with the reason when it cannot be used.
DeviceInfo require_device(const std::string& name);

/// Loads the CUDA module if it was built and the machine can. Called once, before anything asks LibTorch
/// about CUDA.
void load_device_modules();

}  // namespace halfwave
