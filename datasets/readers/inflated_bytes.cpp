#include "datasets/readers/inflated_bytes.h"

#include "datasets/readers/format_problem.h"

#include <algorithm>
#include <limits>
#include <zlib.h>

namespace halfwave::datasets {
namespace {

constexpr std::uint64_t input_block = 64 * 1024;
constexpr uInt most_at_once = std::numeric_limits<int>::max();

/// zlib's struct declares its input writable but never writes to it.
Bytef* bytes_of(const char* data) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(data));
}

}  // namespace

std::uint64_t most_unpacked_bytes(std::uint64_t packed) {
  constexpr std::uint64_t always = std::uint64_t{64} << 20, ratio = 250;
  std::uint64_t most = 0;
  if (__builtin_mul_overflow(packed, ratio, &most)) return std::numeric_limits<std::uint64_t>::max();
  // Deflate cannot pack tighter than 1032 to 1, so small parts cannot claim much either.
  return std::max(most, std::min(always, packed * 1032));
}

InflatedBytes::InflatedBytes(std::shared_ptr<ByteSource> packed, std::uint64_t size, Wrapping wrapping,
                             const std::string& name)
    : packed_(std::move(packed)), size_(size), wrapping_(wrapping), name_(name) {
  if (size_ > most_unpacked_bytes(packed_->size()))
    throw FormatProblem("is refused: " + printable(name_) + " claims to unpack from " +
                        std::to_string(packed_->size()) + " to " + std::to_string(size_) +
                        " bytes, more than data do");
}

InflatedBytes::~InflatedBytes() {
  if (stream_) inflateEnd(stream_.get());
}

void InflatedBytes::restart() {
  if (stream_) inflateEnd(stream_.get());
  stream_ = std::make_unique<z_stream_s>();
  if (inflateInit2(stream_.get(), wrapping_ == Wrapping::zlib ? 15 : -15) != Z_OK) {
    stream_.reset();
    throw std::bad_alloc();
  }
  input_.resize(input_block);
  position_ = taken_ = 0;
}

void InflatedBytes::read(std::uint64_t offset, std::uint64_t count, char* destination) {
  if (offset > size_ || count > size_ - offset) throw FormatProblem("ends too early");
  if (!stream_ || offset < position_) restart();
  std::vector<char> skipped;
  while (position_ < offset) {
    skipped.resize(input_block);
    produce(std::min<std::uint64_t>(offset - position_, skipped.size()), skipped.data());
  }
  produce(count, destination);
}

void InflatedBytes::produce(std::uint64_t count, char* destination) {
  while (count > 0) {
    if (stream_->avail_in == 0 && taken_ < packed_->size()) {
      const std::uint64_t size = std::min<std::uint64_t>(input_block, packed_->size() - taken_);
      packed_->read(taken_, size, input_.data());
      taken_ += size;
      stream_->next_in = bytes_of(input_.data());
      stream_->avail_in = static_cast<uInt>(size);
    }
    const auto room = static_cast<uInt>(std::min<std::uint64_t>(count, most_at_once));
    stream_->next_out = bytes_of(destination);
    stream_->avail_out = room;
    const int result = inflate(stream_.get(), Z_NO_FLUSH);
    const std::uint64_t made = room - stream_->avail_out;
    destination += made;
    position_ += made;
    count -= made;
    const bool stuck = made == 0 && stream_->avail_in == 0 && taken_ == packed_->size();
    if (count > 0 && (result == Z_STREAM_END || stuck))
      throw FormatProblem("is damaged: " + printable(name_) + " unpacks to fewer bytes than it claims");
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
      throw FormatProblem("is damaged: " + printable(name_) + " does not unpack");
  }
}

bool inflate_exactly(const char* packed, std::uint64_t packed_size, char* destination, std::uint64_t size) {
  if (packed_size > most_at_once || size > most_at_once) return false;
  z_stream_s stream{};
  if (inflateInit(&stream) != Z_OK) throw std::bad_alloc();
  stream.next_in = bytes_of(packed);
  stream.avail_in = static_cast<uInt>(packed_size);
  stream.next_out = bytes_of(destination);
  stream.avail_out = static_cast<uInt>(size);
  const int result = inflate(&stream, Z_FINISH);
  inflateEnd(&stream);
  return result == Z_STREAM_END && stream.avail_out == 0;
}

}  // namespace halfwave::datasets
