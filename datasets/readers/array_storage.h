#pragma once

#include "datasets/readers/byte_source.h"
#include "datasets/readers/element_type.h"

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <vector>

namespace halfwave::datasets {

/// A part of an array: along each axis `count` elements from `begin`.
struct Box {
  std::vector<std::int64_t> begin;
  std::vector<std::int64_t> count;
};

/// Takes `count` elements that lie in a row at `bytes` and belong in the box from element `offset` on (rows
/// in C order).
using ElementSink = std::function<void(const char* bytes, std::int64_t offset, std::int64_t count)>;

/// Where an array's elements lie, its axes in C order (the last is the fastest). Memory beyond a fixed window
/// or a few chunks is never taken. Throws FormatProblem.
class ArrayStorage {
 public:
  virtual ~ArrayStorage() = default;
  virtual void read(const Box& box, const ElementSink& sink) = 0;
};

/// Elements one after another from `offset` on.
class PlainStorage final : public ArrayStorage {
 public:
  PlainStorage(std::shared_ptr<ByteSource> bytes, std::uint64_t offset, int element_bytes,
               std::vector<std::int64_t> dims);
  void read(const Box& box, const ElementSink& sink) override;

 private:
  std::shared_ptr<ByteSource> bytes_;
  std::uint64_t offset_;
  std::int64_t element_bytes_;
  std::vector<std::int64_t> dims_;
};

/// Bytes that `dims` elements take. Throws FormatProblem when no file could hold so many; `name` is the
/// array's.
std::uint64_t bytes_of_shape(const std::vector<std::int64_t>& dims, int element_bytes,
                             const std::string& name);

/// `3×64×64`, `a single number`.
std::string shape_text(const std::vector<std::int64_t>& shape);

/// Calls `visit` with each index below `limits`, in C order; once with an empty index where there are no
/// axes, never where a limit is 0.
void for_each_index(const std::vector<std::int64_t>& limits,
                    const std::function<void(const std::vector<std::int64_t>&)>& visit);

}  // namespace halfwave::datasets
