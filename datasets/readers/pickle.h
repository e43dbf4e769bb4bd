#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace halfwave::datasets {

/// The contents of a Python pickle as torch.save writes it, read without running anything: only tensors,
/// numbers, text, lists, tuples and dicts exist here. Values point into their PickleDocument.
struct PickleNode;

struct PickleValue {
  enum class Kind : std::uint8_t {
    none,
    boolean,
    integer,
    real,
    text,
    bytes,
    list,
    tuple,
    dict,
    global,
    storage,
    tensor
  };
  Kind kind = Kind::none;
  std::int64_t integer = 0;  ///< also 0 or 1 for a boolean
  double real = 0.0;
  PickleNode* node = nullptr;  ///< of text, bytes, containers, globals, storages and tensors

  bool is(Kind wanted) const { return kind == wanted; }
};

/// A tensor as the pickle describes it; `storage` names the archive's record `data/<key>`.
struct PickleTensor {
  std::string storage_type;  ///< for instance `FloatStorage`
  std::string storage_key;
  std::int64_t storage_elements = 0;
  std::int64_t offset = 0;
  std::vector<std::int64_t> sizes;
  std::vector<std::int64_t> strides;
};

struct PickleNode {
  std::string text;                ///< text, bytes, or `module.name` of a global
  std::vector<PickleValue> items;  ///< of a list or tuple; of a dict key, value, key, value …
  PickleTensor tensor;             ///< of a tensor; of a storage its first three members
};

class PickleDocument {
 public:
  /// Throws FormatProblem when the bytes are no such pickle or would call anything else.
  explicit PickleDocument(std::string_view bytes);
  PickleDocument(const PickleDocument&) = delete;
  PickleDocument& operator=(const PickleDocument&) = delete;

  const PickleValue& root() const { return root_; }

 private:
  friend class PickleMachine;
  std::deque<PickleNode> nodes_;
  PickleValue root_;
};

/// The value under a text key of a dict, or nullptr.
const PickleValue* find_key(const PickleValue& dict, std::string_view key);
/// `tensor`, `list`, `dict` …, for messages.
std::string_view kind_name(PickleValue::Kind kind);

}  // namespace halfwave::datasets
