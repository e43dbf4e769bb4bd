#pragma once

#include "core/experiment/schema.h"

#include <nlohmann/json.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace halfwave {

/// Points at the member of an experiment that a field is.
using FieldRef = std::variant<int*, std::uint64_t*, double*, bool*, std::string*, std::vector<int>*,
                              std::vector<std::string>*, std::vector<PolicyOverride>*,
                              std::vector<SchedulePhase>*, std::vector<PolicyEdit>*>;

/// A field's description together with where its value is.
struct SchemaRow {
  FieldInfo info;
  std::function<FieldRef(Experiment&)> member;
};

const std::vector<SchemaRow>& schema_rows();
const SchemaRow* find_row(std::string_view path);

/// Reads a field's value with strict types. Throws FieldError with the path of the offending element; the
/// experiment is then unchanged.
void read_field(Experiment& experiment, const SchemaRow& row, const nlohmann::json& value);
nlohmann::ordered_json write_field(const Experiment& experiment, const SchemaRow& row);

/// Throws the FieldError for a name that does not exist in the group `parent` (empty for the document
/// itself).
[[noreturn]] void refuse_unknown(const std::string& parent, const std::string& key,
                                 const std::vector<std::string>& known);

/// A JSON value in words, for messages: `the text "abc"`, `3.5`, `a list`.
std::string in_words(const nlohmann::json& value);

}  // namespace halfwave
