#include "datasets/file_source.h"

#include "core/error.h"
#include "datasets/dataset_checks.h"
#include "datasets/mapping.h"
#include "datasets/readers/pt.h"
#include "datasets/surface_file.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace halfwave::datasets {
namespace {

namespace fs = std::filesystem;

/// A file's stem without the number at its end, and that number (0 when there is none).
struct NumberedName {
  std::string base;
  int number = 0;
};

NumberedName split_number(const std::string& stem) {
  std::size_t end = stem.size();
  while (end > 0 && stem[end - 1] >= '0' && stem[end - 1] <= '9') --end;
  NumberedName name{stem.substr(0, end), 0};
  const auto [last, error] = std::from_chars(stem.data() + end, stem.data() + stem.size(), name.number);
  if (error != std::errc{}) name.number = 0;
  while (!name.base.empty() && (name.base.back() == '_' || name.base.back() == '-')) name.base.pop_back();
  return name;
}

/// The name with the last `train` replaced by `test`, in the same case.
std::optional<std::string> as_test_name(std::string name) {
  for (const auto& [train, test] : {std::pair{"train", "test"}, {"Train", "Test"}, {"TRAIN", "TEST"}})
    if (const auto at = name.rfind(train); at != std::string::npos) return name.replace(at, 5, test);
  return std::nullopt;
}

/// True when a file of torch.save holds no x and y, but arrays of other names that are known, if only as none
/// to train on.
bool has_other_names(const fs::path& file) {
  try {
    const ArrayFile arrays = ArrayFile::open(file);
    return (arrays.find("x") < 0 || arrays.find("y") < 0) &&
           (surfaces_in(arrays) || complete_map(arrays, {}).has_value());
  } catch (const RequestError&) {
    return false;
  }
}

/// Runs a reader; what it refuses becomes an error of that field.
template <typename Read>
auto for_field(const std::string& field, Read read) {
  try {
    return read();
  } catch (const FieldError&) {
    throw;
  } catch (const RequestError& error) {
    throw FieldError(field, error.what());
  }
}

Dataset read_for_field(const std::string& field, const fs::path& file, int dimension, const DatasetMap& map) {
  return for_field(field, [&] { return read_file(file, dimension, map); });
}

/// Training and test samples out of one file, as many of each as the map says.
DataBundle split_by_map(const fs::path& path, const DatasetMap& given, int dimension) {
  const ArrayFile file = ArrayFile::open(path);
  const DatasetMap map = required_map(file, given, dimension);
  const std::int64_t all = sample_count(file, map);
  const std::int64_t train = map.train > 0 ? map.train : all - map.test;
  if (train < 2 || map.test > all - train)
    throw FieldError("dataset.map", path.string() + " holds " + std::to_string(all) +
                                        " samples, too few for " +
                                        std::to_string(std::max<std::int64_t>(train, 2)) +
                                        " to train on and " + std::to_string(map.test) + " to test on.");
  DataBundle bundle;
  bundle.train = read_samples(file, map, 0, train);
  if (map.test == 0) return bundle;
  Dataset test = read_samples(file, map, all - map.test, map.test);
  test.provenance.push_back("The last " + std::to_string(map.test) + " of " + std::to_string(all) +
                            " samples");
  bundle.tests.push_back({grid_label(test.grid()), std::move(test)});
  return bundle;
}

void keep_first(Dataset& dataset, std::int64_t count) {
  if (count <= 0 || count >= dataset.samples()) return;
  dataset.provenance.push_back("The first " + std::to_string(count) + " of " +
                               std::to_string(dataset.samples()) + " samples");
  dataset.x = dataset.x.narrow(0, 0, count).clone();
  dataset.y = dataset.y.narrow(0, 0, count).clone();
}

void require_same_channels(const Dataset& train, const Dataset& test, const std::string& field,
                           const fs::path& file) {
  if (train.x.dim() != test.x.dim())
    throw FieldError(field, file.string() + " has " + std::to_string(test.x.dim() - 2) +
                                " grid axes but the training samples have " +
                                std::to_string(train.x.dim() - 2) + ".");
  const auto compare = [&](const char* what, std::int64_t expected, std::int64_t found) {
    if (expected != found)
      throw FieldError(field, file.string() + " has " + std::to_string(found) + " channels in " + what +
                                  " but the training samples have " + std::to_string(expected) + ".");
  };
  compare("x", train.x.size(1), test.x.size(1));
  compare("y", train.y.size(1), test.y.size(1));
}

/// Takes the last samples off the training set as a test set.
TestSet split_off(Dataset& train, int wanted) {
  const std::int64_t all = train.samples();
  const std::int64_t most = std::max<std::int64_t>(1, all / 5);
  const std::int64_t count =
      wanted > 0 ? std::min<std::int64_t>(wanted, most) : std::max<std::int64_t>(1, all / 10);
  TestSet test{grid_label(train.grid()), train};
  test.data.x = train.x.narrow(0, all - count, count).clone();
  test.data.y = train.y.narrow(0, all - count, count).clone();
  test.data.provenance.push_back("No test file was given or found: the last " + std::to_string(count) +
                                 " of " + std::to_string(all) + " samples were set aside for testing");
  train.x = train.x.narrow(0, 0, all - count).clone();
  train.y = train.y.narrow(0, 0, all - count).clone();
  train.provenance.push_back("The last " + std::to_string(count) + " of " + std::to_string(all) +
                             " samples were set aside for testing");
  return test;
}

std::string unused_label(const std::vector<TestSet>& tests, const Dataset& data, const fs::path& file) {
  const std::string label = grid_label(data.grid());
  const bool taken =
      std::any_of(tests.begin(), tests.end(), [&](const TestSet& test) { return test.label == label; });
  return taken ? label + " (" + file.filename().string() + ")" : label;
}

}  // namespace

Dataset read_file(const fs::path& file, int dimension, const DatasetMap& map) {
  DatasetMap arrays_only = map;
  arrays_only.train = arrays_only.test = 0;
  const std::string extension = file.extension().string();
  if (arrays_only == DatasetMap{} && (extension == ".pt" || extension == ".pth")) {
    try {
      return read_pt(file, dimension);
    } catch (const RequestError&) {
      if (!has_other_names(file)) throw;
    }
  }
  const ArrayFile arrays = ArrayFile::open(file);
  const DatasetMap complete = required_map(arrays, arrays_only, dimension);
  return read_samples(arrays, complete, 0, sample_count(arrays, complete));
}

std::vector<fs::path> test_files_beside(const fs::path& train) {
  const auto test_name = as_test_name(train.stem().string());
  if (!test_name) return {};
  const std::string base = split_number(*test_name).base;
  std::vector<std::pair<int, fs::path>> found;
  std::error_code error;
  const fs::path folder = train.has_parent_path() ? train.parent_path() : fs::path(".");
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const fs::path& path = entry->path();
    if (path.extension() != train.extension()) continue;
    const NumberedName name = split_number(path.stem().string());
    std::error_code ignored;
    if (name.base == base && fs::is_regular_file(path, ignored)) found.emplace_back(name.number, path);
  }
  std::sort(found.begin(), found.end());
  std::vector<fs::path> files;
  for (auto& [number, path] : found) files.push_back(std::move(path));
  return files;
}

DataBundle load_files(const DatasetSpec& spec, int dimension) {
  if (spec.train.empty())
    throw FieldError("dataset.train", "is empty; the file of the training samples is needed.");
  if (spec.samples < 0 || spec.samples == 1)
    throw FieldError("dataset.samples",
                     std::to_string(spec.samples) + " is too few; at least 2 are needed, 0 takes all.");
  if (spec.test_samples < 0)
    throw FieldError("dataset.test_samples",
                     std::to_string(spec.test_samples) + " is negative; 0 takes all.");

  const DatasetMap map = parse_dataset_map(spec.map);
  DataBundle bundle;
  if (map.train > 0 || map.test > 0)
    bundle = for_field("dataset.train", [&] { return split_by_map(spec.train, map, dimension); });
  else
    bundle.train = read_for_field("dataset.train", spec.train, dimension, map);
  if (bundle.train.samples() < 2)
    throw FieldError("dataset.train", spec.train + " holds one sample; training needs at least 2.");
  const int axes = static_cast<int>(bundle.train.grid().size());

  std::vector<fs::path> files(spec.test.begin(), spec.test.end());
  const bool listed = !files.empty() || !bundle.tests.empty();
  if (!listed) files = test_files_beside(spec.train);
  for (std::size_t i = 0; i < files.size(); ++i) {
    const std::string field = listed ? "dataset.test[" + std::to_string(i) + "]" : "dataset.test";
    Dataset test = read_for_field(field, files[i], axes, map);
    require_same_channels(bundle.train, test, field, files[i]);
    keep_first(test, spec.test_samples);
    if (!listed) test.provenance.push_back("Found beside the training file");
    std::string label = unused_label(bundle.tests, test, files[i]);
    bundle.tests.push_back({std::move(label), std::move(test)});
  }
  if (!listed)
    std::stable_sort(bundle.tests.begin(), bundle.tests.end(),
                     [](const TestSet& a, const TestSet& b) { return a.data.grid() < b.data.grid(); });
  if (bundle.tests.empty()) {
    if (bundle.train.samples() < 3)
      throw FieldError("dataset.train", spec.train +
                                            " holds two samples and no test file lies beside it; list one in "
                                            "dataset.test, or use at least 3 samples.");
    bundle.tests.push_back(split_off(bundle.train, spec.test_samples));
  }
  keep_first(bundle.train, spec.samples);
  return bundle;
}

}  // namespace halfwave::datasets
