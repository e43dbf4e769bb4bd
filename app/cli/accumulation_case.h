#pragma once

#include "core/precision/format.h"

#include <ATen/core/Tensor.h>

namespace halfwave::cli {

/// A product a · b of float32 matrices whose every sum has the value `exact`, and has it only when it is
/// accumulated in more precision than the format's (see `probe_products`).
struct AccumulationCase {
  at::Tensor a, b;
  double exact = 0.0;
};

AccumulationCase accumulation_case(Format format);

}  // namespace halfwave::cli
