#pragma once

#include "datasets/readers/array_storage.h"

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace halfwave::datasets {

/// One array of a file, for a person.
struct ArrayInfo {
  std::string name;
  std::string type;                 ///< as NumPy names it, or what it is when it is no numbers
  std::vector<std::int64_t> shape;  ///< in the order its own program shows
  std::string layout;               ///< `C order`, `Fortran order`, `chunks of 1×64×64, deflate` …
  std::string problem;              ///< empty; or why it cannot be read, as the rest of `NAME …`
  bool complex = false;
};

/// The arrays of one file, looked at without reading them. Reading gives real numbers; a complex array gets a
/// last axis of two, real and imaginary part. Not for two threads at once.
class ArrayFile {
 public:
  /// `.pt`, `.npy`, `.npz`, `.h5`, `.mat` (version 5 to 7.3), by extension, or by its first bytes when that
  /// is another. Throws RequestError, one sentence that begins with the file.
  static ArrayFile open(const std::filesystem::path& file);

  const std::filesystem::path& path() const { return path_; }
  std::vector<ArrayInfo> arrays() const;
  const ArrayInfo& info(std::size_t array) const { return arrays_[array].info; }
  /// The array of that name, or -1.
  int find(const std::string& name) const;
  /// Text that the file carries beside its arrays, by name; printable.
  const std::map<std::string, std::vector<std::string>>& texts() const { return texts_; }

  /// The whole array, float32 or float64 (`type`). Throws RequestError like `open`.
  at::Tensor read(std::size_t array, at::ScalarType type = at::kFloat) const;
  /// Entries [first, first + count) along one axis.
  at::Tensor read(std::size_t array, int axis, std::int64_t first, std::int64_t count,
                  at::ScalarType type = at::kFloat) const;

  /// What a format's reader finds; the rest is the same for all.
  struct StoredArray {
    ArrayInfo info;
    ElementType type;
    std::vector<std::int64_t> dims;                    ///< as stored, last fastest
    bool reversed = false;                             ///< `info.shape` is `dims` backwards
    std::shared_ptr<ArrayStorage> storage;             ///< null when there is a problem
    std::shared_ptr<ArrayStorage> imaginary;           ///< of a complex array whose parts lie apart
    std::function<at::Tensor(at::ScalarType)> tensor;  ///< in place of `storage`
  };
  void add(StoredArray array) { arrays_.push_back(std::move(array)); }
  void add_text(const std::string& name, std::vector<std::string> lines);

 private:
  at::Tensor read_box(const StoredArray& array, const Box& box, at::ScalarType type) const;

  std::filesystem::path path_;
  std::vector<StoredArray> arrays_;
  std::map<std::string, std::vector<std::string>> texts_;
};

}  // namespace halfwave::datasets
