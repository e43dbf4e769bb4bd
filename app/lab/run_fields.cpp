#include "app/lab/run_fields.h"

#include "core/error.h"

#include <nlohmann/json.hpp>

#include <array>
#include <charconv>
#include <cstring>
#include <fstream>
#include <string>

namespace halfwave::lab {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const fs::path& file, const char* why) {
  throw RequestError(file.string() + " " + why + "; a run writes float32 arrays of NumPy's format 1.0 there");
}

/// The axes in a header such as `{'descr': '<f4', 'fortran_order': False, 'shape': (64, 64), }`.
std::vector<int> shape_in(const std::string& header, const fs::path& file) {
  const auto key = header.find("'shape'");
  const auto open = header.find('(', key == std::string::npos ? header.size() : key);
  const auto close = header.find(')', open == std::string::npos ? header.size() : open);
  if (close == std::string::npos) refuse(file, "names no shape");
  std::vector<int> shape;
  const char* at = header.data() + open + 1;
  const char* const end = header.data() + close;
  while (at < end) {
    if (*at == ' ' || *at == ',') {
      ++at;
      continue;
    }
    int axis = 0;
    const auto read = std::from_chars(at, end, axis);
    if (read.ec != std::errc() || axis < 1) refuse(file, "has an axis that is no positive number");
    shape.push_back(axis);
    at = read.ptr;
  }
  if (shape.empty() || shape.size() > 3) refuse(file, "has not 1 to 3 axes");
  return shape;
}

Field read_field(const fs::path& file) {
  constexpr std::array<char, 8> magic = {'\x93', 'N', 'U', 'M', 'P', 'Y', '\x01', '\x00'};
  std::ifstream in(file, std::ios::binary);
  std::array<char, 10> start{};
  if (!in.read(start.data(), start.size()) || std::memcmp(start.data(), magic.data(), magic.size()) != 0) {
    refuse(file, "is no NumPy array");
  }
  const auto low = static_cast<unsigned char>(start[8]);
  const auto high = static_cast<unsigned char>(start[9]);
  std::string header(low + 256U * high, '\0');
  if (!in.read(header.data(), static_cast<std::streamsize>(header.size()))) refuse(file, "is cut short");
  if (header.find("'<f4'") == std::string::npos) refuse(file, "holds other values");
  Field field;
  field.shape = shape_in(header, file);
  // The size on disk is asked before memory is taken.
  std::uintmax_t bytes = sizeof(float);
  const std::uintmax_t there = fs::file_size(file) - start.size() - header.size();
  for (const int axis : field.shape) {
    bytes *= static_cast<std::uintmax_t>(axis);
    if (bytes > there) refuse(file, "is cut short");
  }
  field.values.resize(static_cast<std::size_t>(bytes / sizeof(float)));
  in.read(reinterpret_cast<char*>(field.values.data()), static_cast<std::streamsize>(bytes));
  return field;
}

}  // namespace

std::optional<SnapshotEvent> read_run_fields(const fs::path& folder) {
  const fs::path fields = folder / "fields";
  std::error_code missing;
  for (const char* file : {"input.npy", "truth.npy", "prediction.npy"}) {
    if (!fs::exists(fields / file, missing)) return std::nullopt;
  }
  SnapshotEvent snapshot;
  snapshot.input = read_field(fields / "input.npy");
  snapshot.truth = read_field(fields / "truth.npy");
  snapshot.prediction = read_field(fields / "prediction.npy");
  std::ifstream in(fields / "snapshot.json");
  const auto about = nlohmann::json::parse(in, nullptr, false);
  if (about.is_object()) {
    try {
      snapshot.epoch = about.value("epoch", 0);
      snapshot.step = about.value("step", std::int64_t{0});
      snapshot.sample = about.value("sample", 0);
      snapshot.test_set = about.value("test_set", std::string());
    } catch (const nlohmann::json::exception&) {
      // The arrays are what matters; where they come from stays unsaid.
    }
  }
  return snapshot;
}

}  // namespace halfwave::lab
