#pragma once

#include "core/analysis/step_cost.h"

#include <map>
#include <vector>

namespace halfwave {

/// FLOPs a second of matrix products.
struct ProductRate {
  double wide = 0.0;    ///< large square products
  double narrow = 0.0;  ///< products with 64 columns
};

/// What this machine reaches, as measured.
struct MachineRates {
  std::map<Format, ProductRate> products;
  double copy_bytes = 0.0;  ///< bytes a second that a large copy reads and writes
};

/// Measures with as many threads as LibTorch uses, for about `seconds` each rate: the best of several passes.
/// fp32 is always among the formats. Formats the CPU does not compute itself are left out.
MachineRates measure_rates(const std::vector<Format>& formats, double seconds = 0.25);

/// The least time of counted work at measured rates: of each part the longer of computing and moving its
/// bytes.
struct PartTime {
  PartCost cost;
  double compute_seconds = 0.0;
  double memory_seconds = 0.0;
  double seconds() const { return compute_seconds > memory_seconds ? compute_seconds : memory_seconds; }
};
std::vector<PartTime> roofline_times(const std::vector<PartCost>& costs, const MachineRates& rates);
double roofline_seconds(const std::vector<PartTime>& times);

}  // namespace halfwave
