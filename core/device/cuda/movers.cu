#include "core/device/cuda/launch.h"
#include "core/spectral/transform_elements.h"

#include <algorithm>

namespace halfwave::cuda {
namespace {

// Tiles of rows and channels go through shared memory, so that both sides of it are read and written by
// neighbouring threads.
constexpr int tile = 32;
constexpr int tile_rows = 8;  // of threads; each has tile / tile_rows values

template <bool read_rows, typename Mover>
__global__ void __launch_bounds__(tile* tile_rows)
    through_tiles(const Mover mover, std::int64_t samples, std::int64_t rows, std::int64_t channels) {
  __shared__ Parts values[tile][tile + 1];
  const std::int64_t row_tiles = (rows + tile - 1) / tile, channel_tiles = (channels + tile - 1) / tile;
  const std::int64_t all = samples * row_tiles * channel_tiles;
  for (std::int64_t i = blockIdx.x; i < all; i += gridDim.x) {
    const std::int64_t sample = i / channel_tiles / row_tiles;
    const std::int64_t first_row = i / channel_tiles % row_tiles * tile,
                       first_channel = i % channel_tiles * tile;
    for (int j = static_cast<int>(threadIdx.y); j < tile; j += tile_rows) {
      const int r = read_rows ? static_cast<int>(threadIdx.x) : j;
      const int c = read_rows ? j : static_cast<int>(threadIdx.x);
      if (first_row + r < rows && first_channel + c < channels)
        values[r][c] = mover.read(sample, first_row + r, first_channel + c);
    }
    __syncthreads();
    for (int j = static_cast<int>(threadIdx.y); j < tile; j += tile_rows) {
      const int r = read_rows ? j : static_cast<int>(threadIdx.x);
      const int c = read_rows ? static_cast<int>(threadIdx.x) : j;
      if (first_row + r < rows && first_channel + c < channels)
        mover.write(sample, first_row + r, first_channel + c, values[r][c]);
    }
    __syncthreads();
  }
}

}  // namespace

template <typename Mover>
cudaError_t move(const Mover& mover, std::int64_t samples, std::int64_t rows, std::int64_t channels,
                 Order order, cudaStream_t stream) {
  const std::int64_t tiles = samples * ((rows + tile - 1) / tile) * ((channels + tile - 1) / tile);
  if (tiles <= 0) return cudaSuccess;
  const auto blocks = static_cast<unsigned>(std::min<std::int64_t>(tiles, 1 << 20));
  const dim3 block(tile, tile_rows);
  if (order == Order::read_rows)
    through_tiles<true><<<blocks, block, 0, stream>>>(mover, samples, rows, channels);
  else
    through_tiles<false><<<blocks, block, 0, stream>>>(mover, samples, rows, channels);
  return cudaGetLastError();
}

#define HALFWAVE_MOVE(MOVER) \
  template cudaError_t move(const MOVER&, std::int64_t, std::int64_t, std::int64_t, Order, cudaStream_t)
HALFWAVE_MOVE(FieldToLines);
HALFWAVE_MOVE(LinesToField);
HALFWAVE_MOVE(SpectrumToModes);
HALFWAVE_MOVE(ModesToSpectrum);
#undef HALFWAVE_MOVE

}  // namespace halfwave::cuda
