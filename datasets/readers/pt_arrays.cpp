#include "datasets/readers/format_problem.h"
#include "datasets/readers/formats.h"
#include "datasets/readers/tensor_archive.h"

#include <ATen/ATen.h>

namespace halfwave::datasets {
namespace {

constexpr int deepest = 4;
constexpr std::size_t most_arrays = 10'000;
constexpr std::size_t most_values = 200'000;  ///< a list that is in many lists counts in each

bool is_row_major(const PickleTensor& tensor) {
  std::int64_t expected = 1;
  for (std::size_t axis = tensor.sizes.size(); axis-- > 0;) {
    if (tensor.sizes[axis] != 1 && tensor.strides[axis] != expected) return false;
    if (__builtin_mul_overflow(expected, tensor.sizes[axis], &expected)) return false;
  }
  return true;
}

/// Lists the tensors in a file's nested values.
class TensorList {
 public:
  TensorList(std::shared_ptr<TensorArchive> archive, ArrayFile& result)
      : archive_(std::move(archive)), result_(result) {}

  void add_items(const PickleValue& value, const std::string& prefix, int depth) {
    using Kind = PickleValue::Kind;
    if (depth == deepest) return;
    const auto& items = value.node->items;
    const bool dict = value.is(Kind::dict);
    for (std::size_t i = 0; i + dict < items.size(); i += dict ? 2 : 1) {
      std::string key = std::to_string(i);
      if (dict && items[i].is(Kind::integer)) key = std::to_string(items[i].integer);
      if (dict && items[i].is(Kind::text)) key = items[i].node->text;
      add_value(items[i + dict], prefix + key, depth);
    }
  }

  void add_value(const PickleValue& value, const std::string& name, int depth) {
    using Kind = PickleValue::Kind;
    if (++values_ > most_values) throw FormatProblem("holds too many values beside its tensors");
    if (value.is(Kind::tensor)) {
      if (++tensors_ > most_arrays) throw FormatProblem("holds too many tensors");
      const PickleTensor& tensor = value.node->tensor;
      ArrayFile::StoredArray array;
      array.info.name = name;
      array.info.type = tensor_type_name(tensor);
      array.info.shape = tensor.sizes;
      array.info.layout = is_row_major(tensor) ? "C order" : "strided";
      array.tensor = [archive = archive_, value, name](at::ScalarType type) {
        return archive->read(value, name, type);
      };
      result_.add(std::move(array));
    } else if (value.is(Kind::text)) {
      result_.add_text(name, {value.node->text});
    } else if (value.is(Kind::dict) || value.is(Kind::list) || value.is(Kind::tuple)) {
      add_lines(value, name);
      add_items(value, name + ".", depth + 1);
    }
  }

 private:
  void add_lines(const PickleValue& value, const std::string& name) {
    if (!value.is(PickleValue::Kind::list)) return;
    std::vector<std::string> lines;
    for (const auto& item : value.node->items)
      if (item.is(PickleValue::Kind::text) && lines.size() < 32) lines.push_back(item.node->text);
    if (!lines.empty()) result_.add_text(name, std::move(lines));
  }

  std::shared_ptr<TensorArchive> archive_;
  ArrayFile& result_;
  std::size_t values_ = 0;
  std::size_t tensors_ = 0;
};

}  // namespace

void open_pt(const std::filesystem::path& file, ArrayFile& result) {
  FileBytes check(file);  // for its sentences about what is no file
  const auto archive = std::make_shared<TensorArchive>(file);
  const PickleValue& root = archive->root();
  TensorList list(archive, result);
  if (root.is(PickleValue::Kind::tensor))
    list.add_value(root, "data", 0);
  else if (root.is(PickleValue::Kind::dict) || root.is(PickleValue::Kind::list) ||
           root.is(PickleValue::Kind::tuple))
    list.add_items(root, "", 0);
  if (result.arrays().empty())
    throw FormatProblem("holds a " + std::string(kind_name(root.kind)) + " without tensors");
}

}  // namespace halfwave::datasets
