#pragma once

#include "core/precision/element.h"
#include "core/precision/exponential.h"

namespace halfwave {

/// tanh(x) with an error below 4 · 2⁻²⁴ of itself, without branches. For |x| ≤ 5/8 x + x³ P(x²), P fitted for
/// the least relative error (5·10⁻⁹), since the other form cancels there; beyond, 1 − 2e / (1 + e) with
/// e = exp(−2|x|).
HALFWAVE_HD inline float tanh_of(float x) {
  const float magnitude = x < 0.0F ? -x : x;
  const float z = x * x;
  float p = -0.00570498F;
  p = p * z + 0.02063908F;
  p = p * z - 0.05373971F;
  p = p * z + 0.13331442F;
  p = p * z - 0.33333282F;
  const float small = x + x * z * p;
  const float twice = 2.0F * magnitude;
  const float e = decay(twice < 87.0F ? twice : 87.0F);
  const float large = 1.0F - 2.0F * e / (1.0F + e);
  const float with_sign = x < 0.0F ? -large : large;
  const float result = magnitude > 0.625F ? with_sign : small;
  return x != x ? x : result;
}

HALFWAVE_HD inline float tanh_gradient_of(float gradient, float x) {
  const float t = tanh_of(x);
  return gradient * (1.0F - t * t);
}

/// y = round(tanh(x)).
struct TanhElement {
  ValuesIn x;
  ValuesOut y;
  StageRounding rounding;
  HALFWAVE_HD void operator()(std::int64_t i) const { y.put(i, rounding(tanh_of(x[i]))); }
};

/// gx = round(g · (1 − tanh²(x))).
struct TanhBackwardElement {
  ValuesIn g, x;
  ValuesOut gx;
  StageRounding rounding;
  HALFWAVE_HD void operator()(std::int64_t i) const { gx.put(i, rounding(tanh_gradient_of(g[i], x[i]))); }
};

}  // namespace halfwave
