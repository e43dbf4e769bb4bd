#pragma once

#include "core/precision/format.h"
#include "core/precision/host_device.h"
#include "core/precision/rounding.h"

#include <c10/util/BFloat16.h>
#include <c10/util/Half.h>

namespace halfwave {

// Elements are functors that compute one value of a result, from where the operands lie to where the result
// goes. A GPU runs one thread for each; on a CPU a loop over them gives the same.

/// The type of the values of a field in memory.
enum class Carrier : std::uint8_t { fp32, fp16, bf16 };

/// Values to read.
struct ValuesIn {
  const void* data;
  Carrier carrier;

  HALFWAVE_HD float operator[](std::int64_t i) const {
    if (carrier == Carrier::fp16) return static_cast<float>(static_cast<const c10::Half*>(data)[i]);
    if (carrier == Carrier::bf16) return static_cast<float>(static_cast<const c10::BFloat16*>(data)[i]);
    return static_cast<const float*>(data)[i];
  }
};

/// Values to write, which must be the carrier's own.
struct ValuesOut {
  void* data;
  Carrier carrier;

  HALFWAVE_HD void put(std::int64_t i, float x) const {
    if (carrier == Carrier::fp16)
      static_cast<c10::Half*>(data)[i] = c10::Half(x);
    else if (carrier == Carrier::bf16)
      static_cast<c10::BFloat16*>(data)[i] = c10::BFloat16(x);
    else
      static_cast<float*>(data)[i] = x;
  }
};

/// Rounds to the format of a stage, or does nothing where the format has all of fp32's bits.
struct StageRounding {
  RoundToFormat round;
  bool rounds;

  static StageRounding of(Format format) {
    const FormatFacts& f = facts(format);
    if (f.mantissa_bits >= 23) return {RoundToFormat{}, false};
    return {RoundToFormat::of(f), true};
  }
  HALFWAVE_HD float operator()(float x) const { return rounds ? round(x) : x; }
};

/// y = round(x).
struct RoundElement {
  ValuesIn x;
  ValuesOut y;
  StageRounding rounding;
  HALFWAVE_HD void operator()(std::int64_t i) const { y.put(i, rounding(x[i])); }
};

}  // namespace halfwave
