#include "datasets/readers/chunked_storage.h"

#include "datasets/readers/format_problem.h"
#include "datasets/readers/inflated_bytes.h"

#include <algorithm>
#include <cstring>

namespace halfwave::datasets {
namespace {

constexpr std::uint64_t most_kept_bytes = std::uint64_t{64} << 20;

/// Undoes the shuffle filter: byte b of element i was stored at b·n + i.
std::vector<char> unshuffled(const std::vector<char>& stored, std::size_t element_bytes) {
  std::vector<char> plain(stored.size());
  const std::size_t count = stored.size() / element_bytes;
  for (std::size_t byte = 0; byte < element_bytes; ++byte)
    for (std::size_t i = 0; i < count; ++i) plain[i * element_bytes + byte] = stored[byte * count + i];
  const std::size_t rest = count * element_bytes;  // bytes over are stored as they are
  std::copy(stored.begin() + static_cast<std::ptrdiff_t>(rest), stored.end(),
            plain.begin() + static_cast<std::ptrdiff_t>(rest));
  return plain;
}

}  // namespace

std::uint32_t fletcher32(const char* data, std::size_t size) {
  const auto byte = [data](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(data[i]));
  };
  std::uint32_t first = 0, second = 0;
  std::size_t at = 0;
  while (at + 1 < size) {
    // 360 words are the most whose sums fit into 32 bits before they are folded.
    const std::size_t end = std::min(size - size % 2, at + std::size_t{720});
    for (; at < end; at += 2) {
      first += byte(at) << 8 | byte(at + 1);
      second += first;
    }
    first = (first & 0xffff) + (first >> 16);
    second = (second & 0xffff) + (second >> 16);
  }
  if (size % 2 != 0) {
    first += byte(size - 1) << 8;
    second += first;
    first = (first & 0xffff) + (first >> 16);
    second = (second & 0xffff) + (second >> 16);
  }
  first = (first & 0xffff) + (first >> 16);
  second = (second & 0xffff) + (second >> 16);
  return second << 16 | first;
}

ChunkedStorage::ChunkedStorage(std::shared_ptr<ByteSource> bytes, int element_bytes,
                               std::vector<std::int64_t> dims, std::vector<std::int64_t> chunk,
                               std::vector<ChunkFilter> filters, std::vector<ChunkPlace> places,
                               std::string name)
    : bytes_(std::move(bytes)),
      element_bytes_(element_bytes),
      dims_(std::move(dims)),
      chunk_(std::move(chunk)),
      filters_(std::move(filters)),
      places_(std::move(places)),
      name_(std::move(name)),
      chunk_bytes_(bytes_of_shape(chunk_, element_bytes, name_)) {
  const auto damaged = [this] {
    return FormatProblem("is damaged: the chunks of " + printable(name_) + " do not fit its shape");
  };
  if (chunk_.size() != dims_.size() || chunk_bytes_ == 0) throw damaged();
  std::int64_t count = 1;
  for (std::size_t axis = 0; axis < dims_.size(); ++axis) {
    grid_.push_back(dims_[axis] / chunk_[axis] + (dims_[axis] % chunk_[axis] != 0));
    if (__builtin_mul_overflow(count, grid_.back(), &count)) throw damaged();
  }
  if (static_cast<std::size_t>(count) != places_.size()) throw damaged();
}

void ChunkedStorage::read(const Box& box, const ElementSink& sink) {
  const std::size_t axes = dims_.size();
  std::vector<std::int64_t> low(axes), limits(axes);
  for (std::size_t axis = 0; axis < axes; ++axis) {
    if (box.count[axis] == 0) return;
    low[axis] = box.begin[axis] / chunk_[axis];
    limits[axis] = (box.begin[axis] + box.count[axis] - 1) / chunk_[axis] - low[axis] + 1;
  }
  for_each_index(limits, [&](const std::vector<std::int64_t>& step) {
    std::int64_t number = 0;
    std::vector<std::int64_t> from(axes), rows(axes);  // the part of the chunk that lies in the box
    std::vector<std::int64_t> origin(axes);
    for (std::size_t axis = 0; axis < axes; ++axis) {
      const std::int64_t place = low[axis] + step[axis];
      number = number * grid_[axis] + place;
      origin[axis] = place * chunk_[axis];
      from[axis] = std::max(origin[axis], box.begin[axis]);
      rows[axis] = std::min(origin[axis] + chunk_[axis], box.begin[axis] + box.count[axis]) - from[axis];
    }
    const std::vector<char>& bytes = unpacked(static_cast<std::size_t>(number));
    const std::int64_t run = axes == 0 ? 1 : rows.back();
    if (axes > 0) rows.back() = 1;
    for_each_index(rows, [&](const std::vector<std::int64_t>& index) {
      std::int64_t source = 0, target = 0;
      for (std::size_t axis = 0; axis < axes; ++axis) {
        source = source * chunk_[axis] + from[axis] + index[axis] - origin[axis];
        target = target * box.count[axis] + from[axis] + index[axis] - box.begin[axis];
      }
      sink(bytes.data() + source * element_bytes_, target, run);
    });
  });
}

const std::vector<char>& ChunkedStorage::unpacked(std::size_t chunk) {
  const auto found =
      std::find_if(kept_.begin(), kept_.end(), [chunk](const auto& kept) { return kept.first == chunk; });
  if (found != kept_.end()) {
    kept_.splice(kept_.begin(), kept_, found);
    return kept_.front().second;
  }
  while (!kept_.empty() && (kept_.size() + 1) * chunk_bytes_ > most_kept_bytes) kept_.pop_back();
  kept_.emplace_front(chunk, load(places_[chunk]));
  return kept_.front().second;
}

std::vector<char> ChunkedStorage::load(const ChunkPlace& place) const {
  const auto damaged = [this](const char* what) {
    return FormatProblem("is damaged: a chunk of " + printable(name_) + " " + what);
  };
  if (place.offset > bytes_->size() || place.size > bytes_->size() - place.offset)
    throw damaged("lies outside the file");
  if (chunk_bytes_ > most_unpacked_bytes(place.size)) throw damaged("claims to unpack to more than data do");
  std::vector<char> bytes(place.size);
  bytes_->read(place.offset, bytes.size(), bytes.data());
  for (std::size_t i = filters_.size(); i-- > 0;) {
    if (place.skipped >> i & 1) continue;
    switch (filters_[i]) {
      case ChunkFilter::fletcher32: {
        std::uint32_t stored = 0;
        if (bytes.size() < sizeof stored) throw damaged("is too short");
        bytes.resize(bytes.size() - sizeof stored);
        std::memcpy(&stored, bytes.data() + bytes.size(), sizeof stored);
        if (stored != fletcher32(bytes.data(), bytes.size())) throw damaged("does not match its checksum");
        break;
      }
      case ChunkFilter::deflate: {
        // A checksum that was taken before packing makes the unpacked bytes longer by 4.
        std::uint64_t size = chunk_bytes_;
        for (std::size_t j = 0; j < i; ++j)
          if (filters_[j] == ChunkFilter::fletcher32 && !(place.skipped >> j & 1)) size += 4;
        std::vector<char> plain(size);
        if (!inflate_exactly(bytes.data(), bytes.size(), plain.data(), size))
          throw damaged("does not unpack");
        bytes = std::move(plain);
        break;
      }
      case ChunkFilter::shuffle:
        bytes = unshuffled(bytes, static_cast<std::size_t>(element_bytes_));
        break;
    }
  }
  if (bytes.size() != chunk_bytes_) throw damaged("has another size than its shape");
  return bytes;
}

}  // namespace halfwave::datasets
