#include "core/device/cuda/launch.h"
#include "core/operators/pointwise_elements.h"
#include "core/precision/tanh_element.h"
#include "core/spectral/contraction_element.h"

#include <algorithm>

namespace halfwave::cuda {
namespace {

constexpr int threads = 256;
constexpr std::int64_t most_blocks = 1 << 20;

template <typename Element>
__global__ void __launch_bounds__(threads) run(const Element element, std::int64_t count) {
  const std::int64_t all = static_cast<std::int64_t>(gridDim.x) * threads;
  for (std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * threads + threadIdx.x; i < count; i += all)
    element(i);
}

}  // namespace

template <typename Element>
cudaError_t launch(const Element& element, std::int64_t count, cudaStream_t stream) {
  if (count <= 0) return cudaSuccess;
  const std::int64_t blocks = std::min((count + threads - 1) / threads, most_blocks);
  run<<<static_cast<unsigned>(blocks), threads, 0, stream>>>(element, count);
  return cudaGetLastError();
}

#define HALFWAVE_LAUNCH(ELEMENT) template cudaError_t launch(const ELEMENT&, std::int64_t, cudaStream_t)
HALFWAVE_LAUNCH(RoundElement);
HALFWAVE_LAUNCH(TanhElement);
HALFWAVE_LAUNCH(TanhBackwardElement);
HALFWAVE_LAUNCH(GeluElement);
HALFWAVE_LAUNCH(GeluBackwardElement);
HALFWAVE_LAUNCH(SumElement);
HALFWAVE_LAUNCH(GateElement);
HALFWAVE_LAUNCH(GateWeightElement);
HALFWAVE_LAUNCH(ContractionElement);
#undef HALFWAVE_LAUNCH

}  // namespace halfwave::cuda
