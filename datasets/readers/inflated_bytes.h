#pragma once

#include "datasets/readers/byte_source.h"

#include <string>
#include <vector>

struct z_stream_s;

namespace halfwave::datasets {

/// What a deflated part of a file unpacks to, read front to back in blocks, so that memory does not grow with
/// it; going back starts again at the front. `size` is what the file claims and is refused when so many bytes
/// cannot honestly come from so few.
class InflatedBytes final : public ByteSource {
 public:
  enum class Wrapping { none, zlib };  ///< as in zip, as in .mat
  InflatedBytes(std::shared_ptr<ByteSource> packed, std::uint64_t size, Wrapping wrapping,
                const std::string& name);
  ~InflatedBytes() override;
  InflatedBytes(const InflatedBytes&) = delete;
  InflatedBytes& operator=(const InflatedBytes&) = delete;
  std::uint64_t size() const override { return size_; }
  void read(std::uint64_t offset, std::uint64_t count, char* destination) override;

 private:
  void restart();
  /// Unpacks the next `count` bytes.
  void produce(std::uint64_t count, char* destination);

  std::shared_ptr<ByteSource> packed_;
  std::uint64_t size_, position_ = 0, taken_ = 0;
  Wrapping wrapping_;
  std::string name_;
  std::unique_ptr<z_stream_s> stream_;
  std::vector<char> input_;
};

/// Bytes that a part of `packed` bytes may claim to unpack to: 64 MiB, and beyond that 250 for each.
std::uint64_t most_unpacked_bytes(std::uint64_t packed);

/// Unpacks a zlib stream that must fill `size` bytes exactly; false otherwise. Takes no further memory.
bool inflate_exactly(const char* packed, std::uint64_t packed_size, char* destination, std::uint64_t size);

}  // namespace halfwave::datasets
