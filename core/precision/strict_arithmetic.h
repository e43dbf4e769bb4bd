#pragma once

#include "core/precision/host_device.h"
#include "core/precision/rounding.h"

namespace halfwave {

/// A complex number whose parts are values of a format.
struct ComplexPair {
  float re;
  float im;
};

/// Arithmetic in which every product and every sum is rounded to a format below fp32. Operands are values of
/// the format. fp32 has more than twice its bits, so that rounding the fp32 result once more gives the
/// correctly rounded one.
struct StrictArithmetic {
  RoundToFormat round;

  HALFWAVE_HD float add(float a, float b) const { return round(a + b); }
  HALFWAVE_HD float subtract(float a, float b) const { return round(a - b); }
  HALFWAVE_HD float multiply(float a, float b) const { return round(a * b); }
  /// sum + a·b, in two roundings.
  HALFWAVE_HD float accumulate(float sum, float a, float b) const { return round(sum + round(a * b)); }

  HALFWAVE_HD ComplexPair add(ComplexPair a, ComplexPair b) const {
    return {add(a.re, b.re), add(a.im, b.im)};
  }
  HALFWAVE_HD ComplexPair subtract(ComplexPair a, ComplexPair b) const {
    return {subtract(a.re, b.re), subtract(a.im, b.im)};
  }
  HALFWAVE_HD ComplexPair multiply(ComplexPair a, ComplexPair b) const {
    return {subtract(multiply(a.re, b.re), multiply(a.im, b.im)),
            add(multiply(a.re, b.im), multiply(a.im, b.re))};
  }
};

}  // namespace halfwave
