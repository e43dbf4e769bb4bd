#pragma once

#include "core/device/device.h"
#include "core/precision/policy.h"

#include <string_view>

namespace halfwave {

/// Whether a device computes a cell of the policy table itself. Stored stages are native everywhere: they have
/// the format's bytes. Strict accumulation below 32 bits, and transforms below 32 bits by the engine `fft` on a
/// CPU, are emulated whatever the device multiplies in.
Support stage_support(const LayerPolicy& layer, Stage stage, std::string_view engine,
                      const DeviceInfo& device);

}  // namespace halfwave
