#pragma once

#include "core/operators/gelu_functor.h"
#include "core/precision/element.h"

namespace halfwave {

// The pointwise stages one value at a time, with the roundings of `pointwise_kernels.h`.

/// y = r(x Φ(x)) of the rounded x.
struct GeluElement {
  ValuesIn x;
  ValuesOut y;
  StageRounding r;
  HALFWAVE_HD void operator()(std::int64_t i) const {
    const float value = r(x[i]);
    y.put(i, r(gelu_value(value, normal_tail(value))));
  }
};

/// gx = r(g · (Φ(x) + x φ(x))) of the rounded g and x.
struct GeluBackwardElement {
  ValuesIn g, x;
  ValuesOut gx;
  StageRounding r;
  HALFWAVE_HD void operator()(std::int64_t i) const {
    const float value = r(x[i]);
    gx.put(i, r(r(g[i]) * gelu_slope(value, normal_tail(value))));
  }
};

/// z = r(x + y) of the rounded x and y.
struct SumElement {
  ValuesIn x, y;
  ValuesOut z;
  StageRounding r;
  HALFWAVE_HD void operator()(std::int64_t i) const { z.put(i, r(r(x[i]) + r(y[i]))); }
};

/// y = r(x · w), w one value a channel, of the rounded x and w.
struct GateElement {
  ValuesIn x, w;
  ValuesOut y;
  StageRounding r;
  std::int64_t channels;
  HALFWAVE_HD void operator()(std::int64_t i) const { y.put(i, r(r(x[i]) * r(w[i % channels]))); }
};

/// Partial sums over `rows_a_part` rows each of g · x: `sums` is (parts, channels), float32.
struct GateWeightElement {
  ValuesIn g, x;
  float* sums;
  StageRounding r;
  std::int64_t rows, channels, rows_a_part;
  HALFWAVE_HD void operator()(std::int64_t i) const {
    const std::int64_t first = i / channels * rows_a_part, channel = i % channels;
    const std::int64_t last = first + rows_a_part < rows ? first + rows_a_part : rows;
    float sum = 0.0F;
    for (std::int64_t row = first; row < last; ++row) {
      const std::int64_t at = row * channels + channel;
      sum += r(g[at]) * r(x[at]);
    }
    sums[i] = sum;
  }
};

}  // namespace halfwave
