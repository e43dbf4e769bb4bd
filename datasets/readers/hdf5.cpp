#include "datasets/readers/apart.h"
#include "datasets/readers/chunked_storage.h"
#include "datasets/readers/format_problem.h"
#include "datasets/readers/formats.h"
#include "datasets/readers/hdf5_description.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstring>

namespace halfwave::datasets {
namespace {

using Json = nlohmann::json;

/// A few bytes in memory.
class MemoryBytes final : public ByteSource {
 public:
  explicit MemoryBytes(std::vector<std::uint8_t> bytes) : bytes_(std::move(bytes)) {}
  std::uint64_t size() const override { return bytes_.size(); }
  void read(std::uint64_t offset, std::uint64_t count, char* destination) override {
    if (offset > bytes_.size() || count > bytes_.size() - offset) throw FormatProblem("ends too early");
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), count, destination);
  }

 private:
  std::vector<std::uint8_t> bytes_;
};

bool starts_like_matlab(ByteSource& bytes) {
  constexpr std::string_view start = "MATLAB 7.3 MAT-file";
  char head[start.size()];
  if (bytes.size() < start.size()) return false;
  bytes.read(0, start.size(), head);
  return std::string_view(head, start.size()) == start;
}

std::shared_ptr<ArrayStorage> storage_of(const Json& json, const std::shared_ptr<ByteSource>& bytes,
                                         const ArrayFile::StoredArray& array) {
  const std::string& name = array.info.name;
  const std::uint64_t needed = bytes_of_shape(array.dims, array.type.size(), name);
  if (json.contains("chunk")) {
    std::vector<ChunkFilter> filters;
    for (int filter : json.at("filters").get<std::vector<int>>())
      filters.push_back(static_cast<ChunkFilter>(filter));
    const auto numbers = json.at("places").get<std::vector<std::uint64_t>>();
    std::vector<ChunkPlace> places;
    std::uint64_t packed = 0;
    for (std::size_t i = 0; i + 2 < numbers.size(); i += 3) {
      places.push_back({numbers[i], numbers[i + 1], static_cast<std::uint32_t>(numbers[i + 2])});
      // Chunks that overlap would let few bytes stand for many; together they fill no more than the file.
      if (__builtin_add_overflow(packed, numbers[i + 1], &packed) || packed > bytes->size())
        throw FormatProblem("is damaged: the chunks of " + printable(name) + " fill more than the file");
    }
    return std::make_shared<ChunkedStorage>(bytes, array.type.size(), array.dims,
                                            json.at("chunk").get<std::vector<std::int64_t>>(), filters,
                                            std::move(places), name);
  }
  std::shared_ptr<ByteSource> source = bytes;
  std::uint64_t offset = 0;
  if (json.contains("data"))
    source = std::make_shared<MemoryBytes>(json.at("data").get_binary());
  else
    offset = json.at("offset").get<std::uint64_t>();
  if (offset > source->size() || needed > source->size() - offset)
    throw FormatProblem("is cut short: " + printable(name) + " ends beyond the end of the file");
  return std::make_shared<PlainStorage>(source, offset, array.type.size(), array.dims);
}

}  // namespace

void open_hdf5(const std::filesystem::path& file, ArrayFile& result) {
  const std::shared_ptr<ByteSource> bytes = std::make_shared<FileBytes>(file);
  const std::string answer = run_apart([&] { return describe_hdf5(file); },
                                       "is damaged: the HDF5 library cannot read its structure");
  const Json description = Json::from_cbor(answer, /*strict=*/true, /*allow_exceptions=*/false);
  if (!description.is_object()) throw FormatProblem("is damaged: its structure cannot be read");
  const bool matlab = starts_like_matlab(*bytes);
  for (const Json& json : description.at("arrays")) {
    ArrayFile::StoredArray array;
    array.info.name = json.at("name");
    array.info.type = json.at("type_text");
    array.info.layout = json.at("layout");
    array.info.problem = json.at("problem");
    array.info.shape = array.dims = json.at("shape").get<std::vector<std::int64_t>>();
    array.reversed = matlab;
    if (matlab) std::reverse(array.info.shape.begin(), array.info.shape.end());
    if (array.info.problem.empty()) {
      const Json& type = json.at("type");
      array.type = {static_cast<ElementType::Kind>(type.at("kind").get<int>()), type.at("bytes"),
                    type.at("big_endian"), type.at("complex")};
      array.info.complex = array.type.complex;
      array.storage = storage_of(json, bytes, array);
    }
    result.add(std::move(array));
  }
  for (const auto& [name, lines] : description.at("texts").items())
    result.add_text(name, lines.get<std::vector<std::string>>());
  if (result.arrays().empty()) throw FormatProblem("holds no array");
}

}  // namespace halfwave::datasets
