#pragma once

#include <ATen/ATen.h>
#include <torch/csrc/jit/serialization/pickle.h>

#include <caffe2/serialize/inline_container.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

/// Makes small files as torch.save writes them, good and bad.
namespace pt_files {

inline std::string read_bytes(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

inline void write_bytes(const std::filesystem::path& file, const std::string& bytes) {
  std::filesystem::remove(file);  // some file systems sync a file that is overwritten
  std::ofstream(file, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

/// A dict written by LibTorch's own pickler.
inline void write_dict(const std::filesystem::path& file,
                       const std::vector<std::pair<std::string, c10::IValue>>& items) {
  c10::impl::GenericDict dict(c10::StringType::get(), c10::AnyType::get());
  for (const auto& [key, value] : items) dict.insert(key, value);
  const auto bytes = torch::jit::pickle_save(dict);
  write_bytes(file, {bytes.begin(), bytes.end()});
}

/// An archive of these records, whatever they hold.
inline void write_archive(const std::filesystem::path& file,
                          const std::map<std::string, std::string>& records) {
  std::string bytes;
  caffe2::serialize::PyTorchStreamWriter writer([&bytes](const void* data, std::size_t size) {
    bytes.append(static_cast<const char*>(data), size);
    return size;
  });
  for (const auto& [name, record] : records) writer.writeRecord(name, record.data(), record.size());
  writer.writeEndOfFile();
  write_bytes(file, bytes);
}

/// The records of a file, by LibTorch's own reader.
inline std::map<std::string, std::string> records_of(const std::filesystem::path& file) {
  caffe2::serialize::PyTorchStreamReader reader(file.string());
  std::map<std::string, std::string> records;
  for (const auto& name : reader.getAllRecords()) {
    if (name.starts_with(".data/") || name == "version") continue;
    const auto [data, size] = reader.getRecord(name);
    records[name] = std::string(static_cast<const char*>(data.get()), size);
  }
  return records;
}

}  // namespace pt_files
