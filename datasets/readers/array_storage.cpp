#include "datasets/readers/array_storage.h"

#include "datasets/readers/format_problem.h"

#include <algorithm>

namespace halfwave::datasets {
namespace {

constexpr std::int64_t window_bytes = 1 << 20;
/// Runs nearer to each other than this are read together.
constexpr std::int64_t near_bytes = 1 << 16;

}  // namespace

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text;
  for (std::int64_t size : shape) {
    if (!text.empty()) text += "×";
    text += std::to_string(size);
  }
  return text.empty() ? "a single number" : text;
}

std::uint64_t bytes_of_shape(const std::vector<std::int64_t>& dims, int element_bytes,
                             const std::string& name) {
  std::int64_t bytes = element_bytes;
  bool absurd = dims.size() > 32;
  for (std::int64_t size : dims) absurd |= size < 0 || __builtin_mul_overflow(bytes, size, &bytes);
  // A size of 0 hides what the others claim.
  std::int64_t others = 1;
  for (std::int64_t size : dims) absurd |= size > 0 && __builtin_mul_overflow(others, size, &others);
  if (absurd)
    throw FormatProblem("is damaged: " + printable(name) + " claims a shape (" + printable(shape_text(dims)) +
                        ") that no file holds");
  return static_cast<std::uint64_t>(bytes);
}

void for_each_index(const std::vector<std::int64_t>& limits,
                    const std::function<void(const std::vector<std::int64_t>&)>& visit) {
  if (std::any_of(limits.begin(), limits.end(), [](std::int64_t limit) { return limit <= 0; })) return;
  std::vector<std::int64_t> index(limits.size(), 0);
  for (;;) {
    visit(index);
    std::size_t axis = limits.size();
    while (axis > 0 && ++index[axis - 1] == limits[axis - 1]) index[--axis] = 0;
    if (axis == 0) return;
  }
}

PlainStorage::PlainStorage(std::shared_ptr<ByteSource> bytes, std::uint64_t offset, int element_bytes,
                           std::vector<std::int64_t> dims)
    : bytes_(std::move(bytes)), offset_(offset), element_bytes_(element_bytes), dims_(std::move(dims)) {}

void PlainStorage::read(const Box& box, const ElementSink& sink) {
  // Trailing axes that are taken whole make one run with the axis before them.
  std::size_t outer = dims_.size();
  std::int64_t inner = 1;
  while (outer > 0 && box.count[outer - 1] == dims_[outer - 1]) inner *= dims_[--outer];
  std::int64_t run = inner;
  if (outer > 0) run *= box.count[--outer];
  if (run == 0) return;

  std::vector<std::int64_t> strides(dims_.size(), 1);
  for (std::size_t axis = dims_.size(); axis-- > 1;) strides[axis - 1] = strides[axis] * dims_[axis];
  std::int64_t first = 0, last = 0;
  for (std::size_t axis = 0; axis < dims_.size(); ++axis) {
    first += box.begin[axis] * strides[axis];
    last += (box.begin[axis] + box.count[axis] - 1) * strides[axis];
  }
  const std::int64_t end = (last + 1) * element_bytes_;
  const bool together = outer > 0 && (strides[outer - 1] - run) * element_bytes_ < near_bytes &&
                        run * element_bytes_ < window_bytes;

  std::vector<char> window;
  std::int64_t window_begin = 0, window_end = 0;
  std::int64_t done = 0;
  for_each_index({box.count.begin(), box.count.begin() + static_cast<std::ptrdiff_t>(outer)},
                 [&](const std::vector<std::int64_t>& index) {
                   std::int64_t start = first;
                   for (std::size_t axis = 0; axis < outer; ++axis) start += index[axis] * strides[axis];
                   for (std::int64_t taken = 0; taken < run;) {
                     const std::int64_t most = std::max<std::int64_t>(1, window_bytes / element_bytes_);
                     const std::int64_t count = std::min(run - taken, most);
                     const std::int64_t at = (start + taken) * element_bytes_;
                     const std::int64_t size = count * element_bytes_;
                     if (at < window_begin || at + size > window_end) {
                       window_begin = at;
                       window_end = together ? std::min(end, at + std::max(size, window_bytes)) : at + size;
                       window.resize(static_cast<std::size_t>(window_end - window_begin));
                       bytes_->read(offset_ + static_cast<std::uint64_t>(at), window.size(), window.data());
                     }
                     sink(window.data() + (at - window_begin), done, count);
                     taken += count;
                     done += count;
                   }
                 });
}

}  // namespace halfwave::datasets
