#include "datasets/readers/array_file.h"

#include "core/error.h"
#include "datasets/readers/format_problem.h"
#include "datasets/readers/formats.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace halfwave::datasets {
namespace {

/// Runs `work`; what it finds wrong becomes a sentence about the file.
template <typename Work>
auto for_file(const std::filesystem::path& file, Work work) {
  try {
    return work();
  } catch (const FormatProblem& problem) {
    throw RequestError(file.string() + " " + problem.what() + ".");
  } catch (const std::bad_alloc&) {
    throw RunError(file.string() + " needs more memory than there is.");
  } catch (const c10::Error&) {
    throw RunError(file.string() + " needs more memory than there is.");
  }
}

template <typename Number>
void fill(const ArrayFile::StoredArray& array, const Box& box, Number* destination) {
  if (!array.imaginary) {
    const int parts = array.type.complex ? 2 : 1;
    array.storage->read(box, [&](const char* bytes, std::int64_t offset, std::int64_t count) {
      convert_elements(array.type, bytes, count * parts, destination + offset * parts);
    });
    return;
  }
  ElementType part = array.type;
  part.complex = false;
  std::vector<Number> row;
  for (int which = 0; which < 2; ++which)
    (which == 0 ? array.storage : array.imaginary)
        ->read(box, [&](const char* bytes, std::int64_t offset, std::int64_t count) {
          row.resize(static_cast<std::size_t>(count));
          convert_elements(part, bytes, count, row.data());
          for (std::int64_t i = 0; i < count; ++i)
            destination[2 * (offset + i) + which] = row[static_cast<std::size_t>(i)];
        });
}

}  // namespace

ArrayFile ArrayFile::open(const std::filesystem::path& file) {
  return for_file(file, [&] {
    ArrayFile result;
    result.path_ = file;
    open_format(file, result);
    return result;
  });
}

std::vector<ArrayInfo> ArrayFile::arrays() const {
  std::vector<ArrayInfo> list;
  for (const auto& array : arrays_) list.push_back(array.info);
  return list;
}

int ArrayFile::find(const std::string& name) const {
  for (std::size_t i = 0; i < arrays_.size(); ++i)
    if (arrays_[i].info.name == name) return static_cast<int>(i);
  return -1;
}

void ArrayFile::add_text(const std::string& name, std::vector<std::string> lines) {
  constexpr std::size_t most_lines = 32, longest = 500;
  if (lines.size() > most_lines) lines.resize(most_lines);
  for (auto& line : lines) {
    if (line.size() > longest) line.resize(longest);
    for (char& c : line)
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  texts_[name] = std::move(lines);
}

at::Tensor ArrayFile::read(std::size_t array, at::ScalarType type) const {
  const auto& shape = info(array).shape;
  return read(array, 0, 0, shape.empty() ? 1 : shape[0], type);
}

at::Tensor ArrayFile::read(std::size_t index, int axis, std::int64_t first, std::int64_t count,
                           at::ScalarType type) const {
  const StoredArray& array = arrays_.at(index);
  const auto& shape = array.info.shape;
  return for_file(path_, [&] {
    if (!array.info.problem.empty())
      throw FormatProblem("holds " + printable(array.info.name) + ", which " + array.info.problem);
    if (!shape.empty()) {
      const auto size =
          static_cast<std::size_t>(axis) < shape.size() ? shape[static_cast<std::size_t>(axis)] : 0;
      if (first < 0 || count < 0 || first > size || count > size - first)
        throw FormatProblem("has " + std::to_string(size) + " entries along axis " + std::to_string(axis) +
                            " of " + printable(array.info.name) + ", not " + std::to_string(count) +
                            " from " + std::to_string(first) + " on");
    }
    if (array.tensor) {
      at::Tensor whole = array.tensor(type);
      if (!shape.empty()) whole = whole.narrow(axis, first, count);
      return whole.contiguous();
    }
    Box box{std::vector<std::int64_t>(shape.size(), 0), array.dims};
    if (!shape.empty()) {
      const auto at = static_cast<std::size_t>(axis);
      const std::size_t stored = array.reversed ? shape.size() - 1 - at : at;
      box.begin[stored] = first;
      box.count[stored] = count;
    }
    return read_box(array, box, type);
  });
}

at::Tensor ArrayFile::read_box(const StoredArray& array, const Box& box, at::ScalarType type) const {
  std::vector<std::int64_t> sizes = box.count;
  if (array.info.complex) sizes.push_back(2);
  at::Tensor values = at::empty(sizes, type);
  if (type == at::kDouble)
    fill(array, box, values.mutable_data_ptr<double>());
  else
    fill(array, box, values.mutable_data_ptr<float>());
  if (!array.reversed) return values;
  std::vector<std::int64_t> order;
  for (std::size_t axis = array.dims.size(); axis-- > 0;) order.push_back(static_cast<std::int64_t>(axis));
  if (array.info.complex) order.push_back(static_cast<std::int64_t>(array.dims.size()));
  return values.permute(order).contiguous();
}

}  // namespace halfwave::datasets
