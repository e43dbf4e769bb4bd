#pragma once

#include "core/precision/range_functor.h"

#include <cstdint>
#include <cuda_runtime_api.h>

namespace halfwave::cuda {

// What the kernels offer to the rest of the module; free of LibTorch, whose headers nvcc reads slowly. All
// run on the current card and `stream`, and return what the launch says.

/// element(i) for i in [0, count); for the elements of core/precision, core/operators and core/spectral.
template <typename Element>
cudaError_t launch(const Element& element, std::int64_t count, cudaStream_t stream);

/// Which index neighbouring threads should differ in when they read; they write by the other.
enum class Order { read_rows, read_channels };

/// mover.write(b, r, c, mover.read(b, r, c)) for every sample, row and channel; for the movers of
/// core/spectral/transform_elements.h.
template <typename Mover>
cudaError_t move(const Mover& mover, std::int64_t samples, std::int64_t rows, std::int64_t channels,
                 Order order, cudaStream_t stream);

/// Adds to `slots` (RangeSlot::count + 1) as `dispatch::range_slots` says. Values are of `Value`: float,
/// c10::Half or c10::BFloat16.
template <typename Value>
cudaError_t count_range(const Value* values, std::int64_t count, std::int64_t step, RangeSlot slot,
                        unsigned long long* slots, cudaStream_t stream);

}  // namespace halfwave::cuda
