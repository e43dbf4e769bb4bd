#include "datasets/readers/pt.h"

#include "core/error.h"
#include "datasets/dataset_checks.h"
#include "datasets/readers/format_problem.h"
#include "datasets/readers/tensor_archive.h"

#include <ATen/ATen.h>

namespace halfwave::datasets {
namespace {

std::string keys_of(const PickleValue& dict) {
  std::string text;
  const auto& items = dict.node->items;
  constexpr std::size_t shown = 12;
  for (std::size_t i = 0; i < items.size(); i += 2) {
    if (i / 2 == shown) return text + ", …";
    if (!text.empty()) text += ", ";
    text += items[i].is(PickleValue::Kind::text) ? printable(items[i].node->text)
                                                 : "a " + std::string(kind_name(items[i].kind));
  }
  return text.empty() ? "none" : text;
}

const PickleValue& required(const PickleValue& dict, const std::string& key) {
  const PickleValue* value = find_key(dict, key);
  if (value == nullptr)
    throw FormatProblem("has no " + key + " (its keys: " + keys_of(dict) + "); tensors x and y are needed");
  return *value;
}

void take_text(const PickleValue& dict, const char* key, std::string& target) {
  const PickleValue* value = find_key(dict, key);
  if (value != nullptr && value->is(PickleValue::Kind::text)) target = printable(value->node->text);
}

Dataset read(const std::filesystem::path& file, int dimension) {
  TensorArchive archive(file);
  const PickleValue& root = archive.root();
  if (!root.is(PickleValue::Kind::dict))
    throw FormatProblem("holds a " + std::string(kind_name(root.kind)) +
                        "; a dict with tensors x and y is needed");
  const PickleValue& x = required(root, "x");
  const PickleValue& y = required(root, "y");

  Dataset dataset;
  dataset.x = archive.read_float32(x, "x");
  dataset.y = archive.read_float32(y, "y");
  shape_as_samples(dataset, dimension);
  require_finite(dataset);

  dataset.name = file.filename().string();
  take_text(root, "name", dataset.name);
  take_text(root, "input_name", dataset.input_name);
  take_text(root, "output_name", dataset.output_name);
  take_text(root, "input_unit", dataset.input_unit);
  take_text(root, "output_unit", dataset.output_unit);
  dataset.provenance.push_back("Read from " + file.string());
  const PickleValue* provenance = find_key(root, "provenance");
  if (provenance != nullptr && provenance->is(PickleValue::Kind::list)) {
    constexpr std::size_t most_lines = 32;
    for (const auto& line : provenance->node->items)
      if (line.is(PickleValue::Kind::text) && dataset.provenance.size() < most_lines)
        dataset.provenance.push_back(line.node->text.substr(0, 500));
  }
  return dataset;
}

}  // namespace

Dataset read_pt(const std::filesystem::path& file, int dimension) {
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  const auto refuse = [&file](const std::string& problem) -> RequestError {
    return RequestError(file.string() + " " + problem + ".");
  };
  if (!std::filesystem::exists(status)) throw refuse("does not exist");
  if (std::filesystem::is_directory(status)) throw refuse("is a folder; a file of torch.save is needed");
  if (!std::filesystem::is_regular_file(status)) throw refuse("is no ordinary file");
  try {
    return read(file, dimension);
  } catch (const FormatProblem& problem) {
    throw refuse(problem.what());
  } catch (const std::bad_alloc&) {
    throw RunError(file.string() + " needs more memory than there is.");
  } catch (const c10::Error&) {
    throw RunError(file.string() + " needs more memory than there is.");
  }
}

}  // namespace halfwave::datasets
