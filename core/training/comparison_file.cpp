// The comparison document.

#include "core/error.h"
#include "core/experiment/experiment_io.h"
#include "core/experiment/preset_texts.h"
#include "core/files/atomic_file.h"
#include "core/files/json_text.h"
#include "core/training/comparison.h"
#include "core/words.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace halfwave {
namespace {

using Json = nlohmann::json;

std::string at(const std::string& list, std::size_t i) {
  return list + "[" + std::to_string(i) + "]";
}

/// Refuses what an object of the document does not have, and tells what it lacks.
void check_keys(const Json& object, const std::string& path, const std::vector<std::string>& known,
                const std::vector<std::string>& needed) {
  std::string list;
  for (const std::string& key : known) list += (list.empty() ? "" : ", ") + key;
  for (const auto& [key, value] : object.items())
    if (std::find(known.begin(), known.end(), key) == known.end())
      throw FieldError((path.empty() ? "" : path + ".") + key.substr(0, 100),
                       "there is no such field; here are " + list);
  for (const std::string& key : needed)
    if (!object.contains(key)) throw FieldError(path.empty() ? key : path, "\"" + key + "\" is missing");
}

std::string text_at(const Json& value, const std::string& path) {
  if (!value.is_string()) throw FieldError(path, "is not a text in quotation marks");
  return value.get<std::string>();
}

const Json& list_at(const Json& value, const std::string& path) {
  if (!value.is_array()) throw FieldError(path, "is not a list in square brackets");
  return value;
}

Experiment read_base(const Json& value, std::string_view where) {
  if (value.is_string()) {
    const auto name = value.get<std::string>();
    const auto& presets = experiment_preset_names();
    if (std::find(presets.begin(), presets.end(), name) == presets.end())
      throw FieldError("experiment", "there is no preset \"" + name +
                                         "\"; write an experiment in braces, or one of the shipped presets");
    return load_experiment(name);
  }
  if (!value.is_object())
    throw FieldError("experiment", "is neither an experiment in braces nor the name of a preset");
  try {
    return parse_experiment(value.dump(), where);
  } catch (const FieldError& error) {
    throw FieldError("experiment." + error.path(), error.problem());
  }
}

Variant read_variant(const Json& value, const std::string& path) {
  if (!value.is_object()) throw FieldError(path, "is not an object in braces");
  check_keys(value, path, {"name", "set"}, {"name"});
  Variant variant;
  variant.name = text_at(value["name"], path + ".name");
  if (value.contains("set"))
    for (std::size_t i = 0; i < list_at(value["set"], path + ".set").size(); ++i)
      variant.assignments.push_back(text_at(value["set"][i], at(path + ".set", i)));
  return variant;
}

ComparisonSpec read_document(const Json& document, std::string_view where) {
  check_keys(document, "", {"name", "experiment", "variants", "seeds"}, {"name", "experiment", "variants"});
  ComparisonSpec spec;
  spec.name = text_at(document["name"], "name");
  spec.base = read_base(document["experiment"], where);
  const Json& variants = list_at(document["variants"], "variants");
  for (std::size_t i = 0; i < variants.size(); ++i)
    spec.variants.push_back(read_variant(variants[i], at("variants", i)));
  spec.seeds = {spec.base.seed};
  if (!document.contains("seeds")) return spec;
  spec.seeds.clear();
  const Json& seeds = list_at(document["seeds"], "seeds");
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    if (!seeds[i].is_number_unsigned()) throw FieldError(at("seeds", i), "is not a whole number from 0");
    spec.seeds.push_back(seeds[i].get<std::uint64_t>());
  }
  return spec;
}

}  // namespace

const std::vector<std::string>& shipped_comparisons() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list;
    for (const PresetText& text : comparison_texts()) list.emplace_back(text.name);
    return list;
  }();
  return names;
}

bool is_comparison(const std::string& file_or_name) {
  const auto& shipped = shipped_comparisons();
  if (std::find(shipped.begin(), shipped.end(), file_or_name) != shipped.end()) return true;
  std::error_code error;
  if (!std::filesystem::is_regular_file(file_or_name, error)) return false;
  const Json document = Json::parse(read_file(file_or_name), nullptr, /*allow_exceptions=*/false);
  return document.is_object() && document.contains("variants");
}

ComparisonSpec load_comparison(const std::string& file_or_name) {
  for (const PresetText& text : comparison_texts())
    if (text.name == file_or_name) return parse_comparison(text.text, text.name);
  std::error_code error;
  if (!std::filesystem::exists(file_or_name, error))
    throw RequestError("\"" + file_or_name + "\" is neither a file nor a shipped comparison (" +
                       listed(shipped_comparisons()) + ")");
  return parse_comparison(read_file(file_or_name), file_or_name);
}

ComparisonSpec parse_comparison(std::string_view text, std::string_view where) {
  const Json document = parse_json(text, where);
  if (!document.is_object())
    throw RequestError(std::string(where) + " is not a comparison; a JSON object { … } was expected");
  return read_document(document, where);
}

std::string to_json(const ComparisonSpec& spec) {
  nlohmann::ordered_json document{{"name", spec.name},
                                  {"experiment", nlohmann::ordered_json::parse(to_json(spec.base))},
                                  {"variants", nlohmann::ordered_json::array()},
                                  {"seeds", spec.seeds}};
  for (const Variant& variant : spec.variants)
    document["variants"].push_back(
        nlohmann::ordered_json{{"name", variant.name}, {"set", variant.assignments}});
  return document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace halfwave
