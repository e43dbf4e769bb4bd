#pragma once

#include "core/training/events.h"

#include <cstdint>

namespace at {
class Tensor;
}

namespace halfwave {

/// One channel of one sample of a tensor (samples, channels, axis…) of any real type on any device, with 1 to
/// 3 grid axes. Throws RequestError when sample or channel do not exist.
Field field_of(const at::Tensor& tensor, std::int64_t sample, std::int64_t channel = 0);

}  // namespace halfwave
