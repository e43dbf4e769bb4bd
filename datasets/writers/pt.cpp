#include "datasets/writers/pt.h"

#include "core/error.h"
#include "datasets/writers/atomic_file.h"
#include "datasets/writers/dataset_parts.h"

#include <ATen/ATen.h>

#include <caffe2/serialize/inline_container.h>
#include <string>
#include <string_view>

namespace halfwave::datasets {
namespace {

/// Pickle protocol 2, as far as a dict of tensors and text needs it. LibTorch's own pickler tags dicts with a
/// call that torch.load refuses under weights_only.
class PickleWriter {
 public:
  PickleWriter() { bytes_ = "\x80\x02"; }

  void begin_dict() { bytes_ += "}("; }
  void end_dict() { bytes_ += 'u'; }

  void text(std::string_view value) {
    bytes_ += 'X';
    number(value.size(), 4);
    bytes_ += value;
  }

  void text_list(const std::vector<std::string>& values) {
    bytes_ += "](";
    for (const auto& value : values) text(value);
    bytes_ += 'e';
  }

  /// A tensor whose bytes are the record `data/<key>`.
  void tensor(const NamedArray& array, const std::string& key) {
    bytes_ += "ctorch._utils\n_rebuild_tensor_v2\n((";
    text("storage");
    bytes_ += is_whole(array) ? "ctorch\nLongStorage\n" : "ctorch\nFloatStorage\n";
    text(key);
    text("cpu");
    integer(array.values.numel());
    bytes_ += "tQ";
    integer(0);
    tuple(array.values.sizes());
    tuple(array.values.strides());
    bytes_ +=
        "\x89"
        "ccollections\nOrderedDict\n)RtR";
  }

  std::string finish() { return bytes_ + '.'; }

 private:
  void number(std::uint64_t value, int size) {
    for (int i = 0; i < size; ++i) bytes_ += static_cast<char>(value >> (8 * i));
  }

  void integer(std::int64_t value) {
    bytes_ += "\x8a\x08";
    number(static_cast<std::uint64_t>(value), 8);
  }

  void tuple(at::IntArrayRef values) {
    bytes_ += '(';
    for (std::int64_t value : values) integer(value);
    bytes_ += 't';
  }

  std::string bytes_;
};

}  // namespace

void write_pt(const Dataset& dataset, const std::filesystem::path& file) {
  write_pt(parts_of(dataset), file);
}

void write_pt(const NamedArrays& arrays, const std::filesystem::path& file) {
  PickleWriter pickle;
  pickle.begin_dict();
  for (std::size_t i = 0; i < arrays.arrays.size(); ++i) {
    pickle.text(arrays.arrays[i].name);
    pickle.tensor(arrays.arrays[i], std::to_string(i));
  }
  for (const auto& [key, value] : arrays.texts) {
    pickle.text(key);
    pickle.text(value);
  }
  pickle.text("provenance");
  pickle.text_list(arrays.provenance);
  pickle.end_dict();
  const std::string bytes = pickle.finish();

  write_atomically(file, [&](std::ostream& stream) {
    // Failures are left in the stream's state: the archive writer must reach its end in any case.
    caffe2::serialize::PyTorchStreamWriter archive([&stream](const void* data, std::size_t size) {
      stream.write(static_cast<const char*>(data), static_cast<std::streamsize>(size));
      return size;
    });
    archive.writeRecord("data.pkl", bytes.data(), bytes.size());
    archive.writeRecord("byteorder", "little", 6);
    for (std::size_t i = 0; i < arrays.arrays.size(); ++i) {
      const at::Tensor& values = arrays.arrays[i].values;
      archive.writeRecord("data/" + std::to_string(i), values.const_data_ptr(), values.nbytes());
    }
    archive.writeEndOfFile();
  });
}

}  // namespace halfwave::datasets
