#include "core/error.h"
#include "core/experiment/experiment_io.h"
#include "core/experiment/preset_texts.h"
#include "core/experiment/surface_source.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

namespace halfwave {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_document = 16U << 20U;

std::string last_error() {
  return std::strerror(errno);
}

std::string read_document(const fs::path& file) {
  std::error_code error;
  if (fs::is_directory(file, error))
    throw RequestError(file.string() + " is a folder; an experiment is a JSON file");
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  if (!in) throw RequestError(file.string() + " cannot be read: " + last_error());
  std::string text(largest_document + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) throw RequestError(file.string() + " cannot be read: " + last_error());
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > largest_document)
    throw RequestError(file.string() + " is larger than 16 MB; an experiment is a small JSON file");
  return text;
}

}  // namespace

const std::vector<std::string>& experiment_preset_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list;
    for (const auto& preset : preset_texts()) list.emplace_back(preset.name);
    return list;
  }();
  return names;
}

Experiment load_experiment(const std::string& file_or_preset) {
  for (const auto& preset : preset_texts())
    if (preset.name == file_or_preset) return parse_experiment(preset.text, preset.name);
  std::error_code error;
  if (!fs::exists(file_or_preset, error)) {
    if (const auto refusal = surface_refusal(file_or_preset)) throw RequestError(*refusal);
    std::string known;
    for (const auto& name : experiment_preset_names()) known += (known.empty() ? "" : ", ") + name;
    throw RequestError("\"" + file_or_preset + "\" is neither a file nor a shipped preset (" + known + ")");
  }
  return parse_experiment(read_document(file_or_preset), file_or_preset);
}

void save_experiment(const Experiment& experiment, const fs::path& file) {
  fs::path temporary = file;
  temporary += ".part";
  errno = 0;
  std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
  if (!out) throw RequestError(file.string() + " cannot be written: " + last_error());
  out << to_json(experiment);
  out.close();
  std::error_code error;
  if (out) fs::rename(temporary, file, error);
  if (!out || error) {
    const std::string reason = error ? error.message() : last_error();
    fs::remove(temporary, error);
    throw RunError(file.string() + " could not be written: " + reason);
  }
}

}  // namespace halfwave
