#include "datasets/readers/format_problem.h"
#include "datasets/readers/formats.h"
#include "datasets/readers/tensor_archive.h"

#include <ATen/ATen.h>

namespace halfwave::datasets {
namespace {

constexpr int deepest = 4;
constexpr std::size_t most_arrays = 10'000;

bool is_row_major(const PickleTensor& tensor) {
  std::int64_t expected = 1;
  for (std::size_t axis = tensor.sizes.size(); axis-- > 0;) {
    if (tensor.sizes[axis] != 1 && tensor.strides[axis] != expected) return false;
    if (__builtin_mul_overflow(expected, tensor.sizes[axis], &expected)) return false;
  }
  return true;
}

void add_value(const std::shared_ptr<TensorArchive>& archive, const PickleValue& value,
               const std::string& name, int depth, ArrayFile& result);

void add_items(const std::shared_ptr<TensorArchive>& archive, const PickleValue& value,
               const std::string& prefix, int depth, ArrayFile& result) {
  using Kind = PickleValue::Kind;
  if (depth == deepest) return;
  const auto& items = value.node->items;
  const bool dict = value.is(Kind::dict);
  for (std::size_t i = 0; i + dict < items.size(); i += dict ? 2 : 1) {
    std::string key = std::to_string(i);
    if (dict && items[i].is(Kind::integer)) key = std::to_string(items[i].integer);
    if (dict && items[i].is(Kind::text)) key = items[i].node->text;
    add_value(archive, items[i + dict], prefix + key, depth, result);
  }
}

void add_value(const std::shared_ptr<TensorArchive>& archive, const PickleValue& value,
               const std::string& name, int depth, ArrayFile& result) {
  using Kind = PickleValue::Kind;
  if (result.arrays().size() >= most_arrays) throw FormatProblem("holds too many tensors");
  if (value.is(Kind::tensor)) {
    const PickleTensor& tensor = value.node->tensor;
    ArrayFile::StoredArray array;
    array.info.name = name;
    array.info.type = tensor_type_name(tensor);
    array.info.shape = tensor.sizes;
    array.info.layout = is_row_major(tensor) ? "C order" : "strided";
    array.tensor = [archive, value, name](at::ScalarType type) { return archive->read(value, name, type); };
    result.add(std::move(array));
  } else if (value.is(Kind::text)) {
    result.add_text(name, {value.node->text});
  } else if (value.is(Kind::dict) || value.is(Kind::list) || value.is(Kind::tuple)) {
    const auto& items = value.node->items;
    std::vector<std::string> lines;
    if (value.is(Kind::list))
      for (const auto& item : items)
        if (item.is(Kind::text) && lines.size() < 32) lines.push_back(item.node->text);
    if (!lines.empty()) result.add_text(name, std::move(lines));
    add_items(archive, value, name + ".", depth + 1, result);
  }
}

}  // namespace

void open_pt(const std::filesystem::path& file, ArrayFile& result) {
  FileBytes check(file);  // for its sentences about what is no file
  const auto archive = std::make_shared<TensorArchive>(file);
  const PickleValue& root = archive->root();
  if (root.is(PickleValue::Kind::tensor))
    add_value(archive, root, "data", 0, result);
  else if (root.is(PickleValue::Kind::dict) || root.is(PickleValue::Kind::list) ||
           root.is(PickleValue::Kind::tuple))
    add_items(archive, root, "", 0, result);
  if (result.arrays().empty())
    throw FormatProblem("holds a " + std::string(kind_name(root.kind)) + " without tensors");
}

}  // namespace halfwave::datasets
