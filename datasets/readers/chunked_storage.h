#pragma once

#include "datasets/readers/array_storage.h"

#include <string>

namespace halfwave::datasets {

/// What was done to a chunk before it was written, in that order.
enum class ChunkFilter : std::uint8_t { deflate = 1, shuffle = 2, fletcher32 = 3 };

/// Where a chunk lies in the file. A set bit i of `skipped` means that filter i was not applied to it.
struct ChunkPlace {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::uint32_t skipped = 0;
};

/// An array cut into boxes of equal shape, as HDF5 does it; each is stored on its own and may be packed.
/// `places` are in C order of the chunks. Chunks that were unpacked last are kept, up to 64 MiB or one.
class ChunkedStorage final : public ArrayStorage {
 public:
  ChunkedStorage(std::shared_ptr<ByteSource> bytes, int element_bytes, std::vector<std::int64_t> dims,
                 std::vector<std::int64_t> chunk, std::vector<ChunkFilter> filters,
                 std::vector<ChunkPlace> places, std::string name);
  void read(const Box& box, const ElementSink& sink) override;

 private:
  const std::vector<char>& unpacked(std::size_t chunk);
  std::vector<char> load(const ChunkPlace& place) const;

  std::shared_ptr<ByteSource> bytes_;
  std::int64_t element_bytes_;
  std::vector<std::int64_t> dims_, chunk_, grid_;
  std::vector<ChunkFilter> filters_;
  std::vector<ChunkPlace> places_;
  std::string name_;
  std::uint64_t chunk_bytes_;
  std::list<std::pair<std::size_t, std::vector<char>>> kept_;  ///< the one used last is first
};

/// The checksum of HDF5's filter 3 over bytes, as its file format specification defines Fletcher-32.
std::uint32_t fletcher32(const char* data, std::size_t size);

}  // namespace halfwave::datasets
