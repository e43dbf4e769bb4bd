#pragma once

#include "core/device/device.h"

#include <vector>

namespace halfwave::cli {

/// What a device's own product in a narrow format really does.
struct ProductProbe {
  Format format = Format::bf16;
  /// Whether the product keeps what only an fp32 sum can keep.
  bool fp32_accumulation = false;
  /// Rates of a large product, in GFLOP/s; a device that only imitates the format is slower in it than in
  /// fp32.
  double rate = 0.0, fp32_rate = 0.0;
};

/// Multiplies in every narrow format that the device is said to have. Each sum of the probed product is of
/// ±h, h being 2^(p+1) for p explicit bits, and of ones, shuffled: the exact result is the number of ones,
/// every partial sum is a whole number that fp32 holds exactly, and a sum in the format itself loses each one
/// that meets h, for 1 is half a unit in h's last place.
std::vector<ProductProbe> probe_products(const DeviceInfo& device);

}  // namespace halfwave::cli
