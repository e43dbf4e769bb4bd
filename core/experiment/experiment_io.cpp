#include "core/experiment/experiment_io.h"

#include "core/error.h"
#include "core/experiment/field_access.h"
#include "core/files/json_text.h"

#include <algorithm>

namespace halfwave {
namespace {

using Json = nlohmann::json;

/// Names of the entries of a group, `parent` being empty for the document itself.
std::vector<std::string> keys_of(const std::string& parent) {
  std::vector<std::string> keys;
  if (parent.empty()) keys.emplace_back("version");
  const std::string prefix = parent.empty() ? "" : parent + ".";
  for (const auto& row : schema_rows()) {
    if (!row.info.path.starts_with(prefix)) continue;
    const std::string rest = row.info.path.substr(prefix.size());
    const std::string key = rest.substr(0, rest.find('.'));
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
  }
  return keys;
}

bool is_group(const std::string& path) {
  return !find_row(path) && !keys_of(path).empty();
}

void check_version(const Json& document) {
  if (!document.contains("version")) return;
  const Json& version = document["version"];
  if (!version.is_number_integer()) throw FieldError("version", in_words(version) + " is not a whole number");
  const std::string newest = std::to_string(Experiment::current_version);
  if (version > Experiment::current_version)
    throw FieldError("version", version.dump() + " is newer than " + newest +
                                    ", the newest that this Halfwave reads; a newer Halfwave is needed");
  if (version < 1) throw FieldError("version", version.dump() + " is less than 1, the first version");
}

void read_group(Experiment& experiment, const std::string& parent, const Json& group) {
  const auto known = keys_of(parent);
  for (const auto& [key, value] : group.items()) {
    const std::string path = parent.empty() ? key : parent + "." + key;
    if (std::find(known.begin(), known.end(), key) == known.end()) refuse_unknown(parent, key, known);
    if (path == "version") continue;
    if (const SchemaRow* row = find_row(path)) {
      read_field(experiment, *row, value);
      continue;
    }
    if (!value.is_object()) throw FieldError(path, in_words(value) + " is not an object in braces");
    read_group(experiment, path, value);
  }
}

/// Splits `operator.modes[1].x` into the field's row and what follows its path.
std::pair<const SchemaRow*, std::string> find_target(const std::string& path) {
  const std::string field = path.substr(0, path.find('['));
  if (const SchemaRow* row = find_row(field)) return {row, path.substr(field.size())};
  // `precision.overrides.0` is not a way to write an element; only known fields and groups are named here.
  if (is_group(field) && !field.empty())
    throw FieldError(field, "is a group of fields; name one of them, for instance " + field + "." +
                                keys_of(field).front());
  if (field == "version") throw FieldError("version", "is written by Halfwave and cannot be set");
  std::vector<std::string> known;
  for (const auto& row : schema_rows()) known.push_back(row.info.path);
  refuse_unknown("", field, known);
}

/// Walks `[1].value` into a JSON value. Throws FieldError for what does not exist.
Json& descend(Json& root, const std::string& field, const std::string& rest) {
  Json* here = &root;
  std::string path = field;
  std::size_t at = 0;
  while (at < rest.size()) {
    if (rest[at] == '[') {
      const auto close = rest.find(']', at);
      const std::string digits = close == std::string::npos ? "" : rest.substr(at + 1, close - at - 1);
      if (digits.empty() || digits.size() > 9 ||
          !std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; }))
        throw FieldError(field + rest,
                         "an index is a whole number in square brackets, for instance " + field + "[0]");
      if (!here->is_array()) throw FieldError(path, "is not a list, so it has no element [" + digits + "]");
      const std::size_t index = std::stoul(digits);
      if (index >= here->size())
        throw FieldError(path, "has no element [" + digits + "]; it has " + std::to_string(here->size()) +
                                   (here->size() == 1 ? " element" : " elements") + ", counted from 0");
      path += "[" + digits + "]";
      here = &(*here)[index];
      at = close + 1;
      continue;
    }
    if (rest[at] != '.')
      throw FieldError(field + rest,
                       "after an element comes a dot or another index, for instance " + field + "[0]");
    const auto end = std::min(rest.find_first_of(".[", at + 1), rest.size());
    const std::string key = rest.substr(at + 1, end - at - 1);
    if (!here->is_object() || !here->contains(key)) throw FieldError(path, "has no entry \"" + key + "\"");
    path += "." + key;
    here = &(*here)[key];
    at = end;
  }
  return *here;
}

bool is_text(FieldKind kind) {
  return kind == FieldKind::text || kind == FieldKind::choice || kind == FieldKind::device ||
         kind == FieldKind::file;
}

bool is_list(FieldKind kind) {
  return kind == FieldKind::file_list || kind == FieldKind::integer_list;
}

/// The value of an assignment: JSON, or bare text where text is wanted, or `12,12` where a list is.
Json assigned_value(const std::string& text, FieldKind kind, bool element) {
  Json value = Json::parse(text, nullptr, false);
  const bool wants_text = is_text(kind) || (kind == FieldKind::file_list && element);
  if (wants_text) return value.is_string() ? value : Json(text);
  if (is_list(kind) && !element && !value.is_array()) {
    if (kind == FieldKind::file_list) return Json::array({value.is_string() ? value : Json(text)});
    const Json list = Json::parse("[" + text + "]", nullptr, false);
    if (!list.is_discarded()) return list;
  }
  return value.is_discarded() ? Json(text) : value;
}

}  // namespace

std::string to_json(const Experiment& experiment) {
  nlohmann::ordered_json document;
  document["version"] = experiment.version;
  for (const auto& row : schema_rows()) {
    const auto dot = row.info.path.find('.');
    auto& group = dot == std::string::npos ? document : document[row.info.path.substr(0, dot)];
    group[dot == std::string::npos ? row.info.path : row.info.path.substr(dot + 1)] =
        write_field(experiment, row);
  }
  return document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

Experiment parse_experiment(std::string_view text, std::string_view where) {
  const Json document = parse_json(text, where);
  if (!document.is_object())
    throw RequestError(std::string(where) + ": " + in_words(document) +
                       " is not an experiment; a JSON object { … } was expected");
  check_version(document);
  Experiment experiment;
  read_group(experiment, "", document);
  return experiment;
}

Experiment experiment_from_json(std::string_view text, std::string_view where) {
  Experiment experiment = parse_experiment(text, where);
  validate(experiment);
  return experiment;
}

void set_field(Experiment& experiment, std::string_view assignment) {
  const auto equals = assignment.find('=');
  if (equals == std::string_view::npos || equals == 0)
    throw RequestError("\"" + std::string(assignment) +
                       "\" sets nothing; write field=value, for instance training.epochs=5");
  const std::string path(assignment.substr(0, equals));
  const std::string text(assignment.substr(equals + 1));
  const auto [row, rest] = find_target(path);
  if (rest.empty()) {
    read_field(experiment, *row, assigned_value(text, row->info.kind, false));
    return;
  }
  Json whole = write_field(experiment, *row);
  Json& part = descend(whole, row->info.path, rest);
  if (part.is_string())
    part = assigned_value(text, FieldKind::text, true);
  else
    part = assigned_value(text, row->info.kind, true);
  read_field(experiment, *row, whole);
}

}  // namespace halfwave
