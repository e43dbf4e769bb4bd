#pragma once

#include "datasets/readers/pickle.h"
#include "datasets/readers/zip_archive.h"

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>

namespace halfwave::datasets {

/// A file of torch.save: its pickle, and the tensors' bytes when they are asked for. Throws FormatProblem.
class TensorArchive {
 public:
  explicit TensorArchive(const std::filesystem::path& file);

  const PickleValue& root() const { return document_->root(); }
  /// The tensor a value describes, contiguous and of `type`, whatever type and strides it was saved with.
  /// `name` is for messages.
  at::Tensor read(const PickleValue& value, const std::string& name, at::ScalarType type);
  at::Tensor read_float32(const PickleValue& value, const std::string& name);

 private:
  at::Tensor storage(const PickleTensor& described, std::int64_t element_bytes);

  ZipArchive zip_;
  std::string folder_;  ///< what record names begin with, for instance `archive/`
  std::unique_ptr<PickleDocument> document_;
  std::map<std::string, at::Tensor> storages_;
};

/// The type of a tensor's numbers as NumPy names it; LibTorch's own name for one that is not read.
std::string tensor_type_name(const PickleTensor& tensor);

}  // namespace halfwave::datasets
