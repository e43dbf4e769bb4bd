#include "datasets/readers/tensor_archive.h"

#include "datasets/readers/format_problem.h"

#include <ATen/ATen.h>

#include <array>
#include <fstream>
#include <string_view>

namespace halfwave::datasets {
namespace {

struct StorageType {
  std::string_view name;
  at::ScalarType type;
  std::int64_t bytes;
};

constexpr std::array storage_types = {
    StorageType{"FloatStorage", at::kFloat, 4}, StorageType{"DoubleStorage", at::kDouble, 8},
    StorageType{"HalfStorage", at::kHalf, 2},   StorageType{"BFloat16Storage", at::kBFloat16, 2},
    StorageType{"BoolStorage", at::kByte, 1},   StorageType{"ByteStorage", at::kByte, 1},
    StorageType{"CharStorage", at::kChar, 1},   StorageType{"ShortStorage", at::kShort, 2},
    StorageType{"IntStorage", at::kInt, 4},     StorageType{"LongStorage", at::kLong, 8}};

const StorageType& storage_type(const std::string& wanted, const std::string& tensor) {
  for (const auto& type : storage_types)
    if (type.name == wanted) return type;
  if (wanted.starts_with("Complex"))
    throw FormatProblem("holds complex numbers in " + tensor + "; real numbers are needed");
  throw FormatProblem("holds " + tensor + " in a type that is not read (" + printable(wanted) +
                      "); floating-point numbers, integers and truth values are");
}

/// Elements of the storage a tensor spans, checked for everything a damaged file could claim.
std::int64_t checked_elements(const PickleTensor& tensor, const std::string& name) {
  const auto problem = [&] {
    return FormatProblem("is damaged: " + name + " claims a shape that its stored values do not fill");
  };
  std::int64_t count = 1, last = tensor.offset;
  bool overflow = tensor.offset < 0;
  for (std::size_t axis = 0; axis < tensor.sizes.size(); ++axis) {
    const std::int64_t size = tensor.sizes[axis], stride = tensor.strides[axis];
    std::int64_t reach = 0;
    overflow |= size < 0 || stride < 0 || __builtin_mul_overflow(count, size, &count);
    if (size > 0)
      overflow |=
          __builtin_mul_overflow(size - 1, stride, &reach) || __builtin_add_overflow(last, reach, &last);
  }
  if (overflow) throw problem();
  // Axes of stride 0 repeat values; so many that memory would grow far past the file's size are refused.
  constexpr std::int64_t repeated_elements = 1 << 22;
  if (count > 0 &&
      (last >= tensor.storage_elements || (count > tensor.storage_elements && count > repeated_elements)))
    throw problem();
  return count;
}

/// torch.save before PyTorch 1.6 wrote bare pickles that begin with this.
bool is_old_torch_file(const std::filesystem::path& file) {
  constexpr std::string_view magic("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 14);
  std::array<char, 14> head{};
  std::ifstream stream(file, std::ios::binary);
  return stream.read(head.data(), head.size()) && std::string_view(head.data(), head.size()) == magic;
}

}  // namespace

std::string tensor_type_name(const PickleTensor& tensor) {
  if (tensor.storage_type == "BoolStorage") return "bool";
  for (const auto& type : storage_types) {
    if (type.name != tensor.storage_type) continue;
    const std::string bits = std::to_string(8 * type.bytes);
    if (type.type == at::kBFloat16) return "bfloat16";
    if (type.type == at::kByte) return "uint8";
    return (at::isFloatingType(type.type) ? "float" : "int") + bits;
  }
  return printable(tensor.storage_type);
}

TensorArchive::TensorArchive(const std::filesystem::path& file) try : zip_(file) {
  const std::string_view wanted = "data.pkl";
  const ZipArchive::Entry* pickle = nullptr;
  for (const auto& entry : zip_.entries()) {
    const auto slash = entry.name.find('/');
    if (slash != std::string::npos && entry.name.substr(slash + 1) == wanted) {
      folder_ = entry.name.substr(0, slash + 1);
      pickle = &entry;
      break;
    }
  }
  if (pickle == nullptr)
    throw FormatProblem("is a zip archive but not one of torch.save (it holds no data.pkl)");
  if (const auto* order = zip_.find(folder_ + "byteorder"); order != nullptr && order->size <= 16) {
    std::string text(order->size, ' ');
    zip_.read(*order, text.data());
    if (text != "little") throw FormatProblem("was saved in big-endian byte order, which is not read");
  }
  ZipArchive::require_stored(*pickle);
  std::string bytes(pickle->size, '\0');
  zip_.read(*pickle, bytes.data());
  document_ = std::make_unique<PickleDocument>(bytes);
} catch (const FormatProblem&) {
  if (is_old_torch_file(file))
    throw FormatProblem(
        "was saved by a PyTorch before 1.6; load it there and save it again with a newer one");
  throw;
}

at::Tensor TensorArchive::storage(const PickleTensor& described, std::int64_t element_bytes) {
  const auto* entry = zip_.find(folder_ + "data/" + described.storage_key);
  if (entry == nullptr)
    throw FormatProblem("is damaged: the record data/" + printable(described.storage_key) + " is missing");
  std::int64_t bytes = 0;
  if (described.storage_elements < 0 ||
      __builtin_mul_overflow(described.storage_elements, element_bytes, &bytes) ||
      static_cast<std::uint64_t>(bytes) > entry->size)
    throw FormatProblem("is damaged: the record data/" + printable(described.storage_key) + " has " +
                        std::to_string(entry->size) + " bytes, fewer than its tensor needs");
  at::Tensor& loaded = storages_[described.storage_key];
  if (!loaded.defined()) {
    ZipArchive::require_stored(*entry);
    loaded = at::empty({static_cast<std::int64_t>(entry->size)}, at::kByte);
    zip_.read(*entry, static_cast<char*>(loaded.mutable_data_ptr()));
  }
  return loaded;
}

at::Tensor TensorArchive::read_float32(const PickleValue& value, const std::string& name) {
  return read(value, name, at::kFloat);
}

at::Tensor TensorArchive::read(const PickleValue& value, const std::string& name, at::ScalarType wanted) {
  if (!value.is(PickleValue::Kind::tensor))
    throw FormatProblem("holds a " + std::string(kind_name(value.kind)) + " under " + name +
                        ", where a tensor is needed");
  const PickleTensor& described = value.node->tensor;
  const StorageType& type = storage_type(described.storage_type, name);
  if (checked_elements(described, name) == 0) return at::empty(described.sizes, wanted);
  at::Tensor bytes = storage(described, type.bytes);
  const auto view = at::from_blob(
      static_cast<char*>(bytes.mutable_data_ptr()) + described.offset * type.bytes, described.sizes,
      described.strides, [bytes](void*) {}, at::dtype(type.type));
  const at::Tensor numbers = described.storage_type == "BoolStorage" ? view.ne(0) : view;
  return numbers.to(wanted, /*non_blocking=*/false, /*copy=*/true, at::MemoryFormat::Contiguous);
}

}  // namespace halfwave::datasets
