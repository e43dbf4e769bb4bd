#include "core/device/cuda/launch.h"

#include <c10/util/BFloat16.h>
#include <c10/util/Half.h>

#include <algorithm>

namespace halfwave::cuda {
namespace {

constexpr int threads = 256;

template <typename Value>
__global__ void __launch_bounds__(threads)
    count_slots(const Value* values, std::int64_t count, std::int64_t step, RangeSlot slot,
                unsigned long long* slots) {
  __shared__ unsigned local[RangeSlot::count + 1];
  for (unsigned i = threadIdx.x; i <= RangeSlot::count; i += threads) local[i] = 0;
  __syncthreads();
  const std::int64_t all = static_cast<std::int64_t>(gridDim.x) * threads;
  for (std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * threads + threadIdx.x; i < count; i += all) {
    const std::uint32_t found = slot(static_cast<float>(values[i]));
    if (i % step == 0) atomicAdd(&local[found], 1U);
    if (found == RangeSlot::infinite || found == RangeSlot::nan) atomicAdd(&local[RangeSlot::count], 1U);
  }
  __syncthreads();
  for (unsigned i = threadIdx.x; i <= RangeSlot::count; i += threads)
    if (local[i] != 0) atomicAdd(&slots[i], static_cast<unsigned long long>(local[i]));
}

}  // namespace

template <typename Value>
cudaError_t count_range(const Value* values, std::int64_t count, std::int64_t step, RangeSlot slot,
                        unsigned long long* slots, cudaStream_t stream) {
  if (count <= 0) return cudaSuccess;
  const auto blocks = static_cast<unsigned>(std::min<std::int64_t>((count + threads - 1) / threads, 2048));
  count_slots<<<blocks, threads, 0, stream>>>(values, count, step, slot, slots);
  return cudaGetLastError();
}

template cudaError_t count_range(const float*, std::int64_t, std::int64_t, RangeSlot, unsigned long long*,
                                 cudaStream_t);
template cudaError_t count_range(const c10::Half*, std::int64_t, std::int64_t, RangeSlot, unsigned long long*,
                                 cudaStream_t);
template cudaError_t count_range(const c10::BFloat16*, std::int64_t, std::int64_t, RangeSlot,
                                 unsigned long long*, cudaStream_t);

}  // namespace halfwave::cuda
