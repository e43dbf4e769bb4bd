#include "core/experiment/field_access.h"

#include "core/error.h"
#include "core/experiment/nearest_name.h"

#include <algorithm>
#include <limits>

namespace halfwave {
namespace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

std::string at_index(const std::string& path, std::size_t i) {
  return path + "[" + std::to_string(i) + "]";
}

[[noreturn]] void refuse_type(const std::string& path, const Json& value, const std::string& wanted) {
  throw FieldError(path, in_words(value) + " is not " + wanted);
}

int read_int(const std::string& path, const Json& value) {
  if (!value.is_number_integer()) refuse_type(path, value, "a whole number");
  constexpr int most = std::numeric_limits<int>::max();
  constexpr int least = std::numeric_limits<int>::min();
  const bool fits = value.is_number_unsigned() ? value.get<std::uint64_t>() <= std::uint64_t{most}
                                               : value.get<std::int64_t>() >= least;
  if (!fits)
    throw FieldError(path,
                     value.dump() + " is outside " + std::to_string(least) + " to " + std::to_string(most));
  return value.get<int>();
}

std::string read_text(const std::string& path, const Json& value) {
  if (!value.is_string()) refuse_type(path, value, "text in quotation marks");
  return value.get<std::string>();
}

double read_number(const std::string& path, const Json& value) {
  if (!value.is_number()) refuse_type(path, value, "a number");
  return value.get<double>();
}

const Json& require_list(const std::string& path, const Json& value) {
  if (!value.is_array()) refuse_type(path, value, "a list in square brackets");
  return value;
}

void require_keys(const std::string& path, const Json& value, const std::vector<std::string>& known,
                  const std::vector<std::string>& needed) {
  if (!value.is_object()) refuse_type(path, value, "an object in braces");
  for (const auto& [key, unused] : value.items())
    if (std::find(known.begin(), known.end(), key) == known.end()) refuse_unknown(path, key, known);
  for (const auto& key : needed)
    if (!value.contains(key)) throw FieldError(path, "\"" + key + "\" is missing");
}

std::vector<PolicyOverride> read_overrides(const std::string& path, const Json& value) {
  std::vector<PolicyOverride> overrides;
  for (std::size_t i = 0; i < require_list(path, value).size(); ++i) {
    const std::string here = at_index(path, i);
    require_keys(here, value[i], {"layer", "stage", "value"}, {"layer", "stage", "value"});
    overrides.push_back({read_text(here + ".layer", value[i]["layer"]),
                         read_text(here + ".stage", value[i]["stage"]),
                         read_text(here + ".value", value[i]["value"])});
  }
  return overrides;
}

std::vector<SchedulePhase> read_schedule(const std::string& path, const Json& value) {
  if (value == "paper") return paper_schedule();
  if (!value.is_array()) refuse_type(path, value, "\"paper\" or a list of phases in square brackets");
  std::vector<SchedulePhase> phases;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const std::string here = at_index(path, i);
    require_keys(here, value[i], {"fraction", "policy", "overrides"}, {"fraction", "policy"});
    SchedulePhase phase{read_number(here + ".fraction", value[i]["fraction"]),
                        read_text(here + ".policy", value[i]["policy"]),
                        {}};
    if (value[i].contains("overrides"))
      phase.overrides = read_overrides(here + ".overrides", value[i]["overrides"]);
    phases.push_back(std::move(phase));
  }
  return phases;
}

std::vector<PolicyEdit> read_edits(const std::string& path, const Json& value) {
  std::vector<PolicyEdit> edits;
  for (std::size_t i = 0; i < require_list(path, value).size(); ++i) {
    const std::string here = at_index(path, i);
    require_keys(here, value[i], {"step", "policy", "overrides"}, {"step", "policy"});
    if (!value[i]["step"].is_number_unsigned() || value[i]["step"].get<std::uint64_t>() > (1ull << 62))
      refuse_type(here + ".step", value[i]["step"], "a whole number from 0");
    PolicyEdit edit{
        value[i]["step"].get<std::int64_t>(), read_text(here + ".policy", value[i]["policy"]), {}};
    if (value[i].contains("overrides"))
      edit.overrides = read_overrides(here + ".overrides", value[i]["overrides"]);
    edits.push_back(std::move(edit));
  }
  return edits;
}

/// Reads JSON into the member a field refers to.
struct Reader {
  const std::string& path;
  const Json& value;

  void operator()(int* member) const { *member = read_int(path, value); }
  void operator()(std::uint64_t* member) const {
    if (!value.is_number_unsigned())
      refuse_type(path, value, "a whole number from 0 to 18446744073709551615");
    *member = value.get<std::uint64_t>();
  }
  void operator()(double* member) const { *member = read_number(path, value); }
  void operator()(bool* member) const {
    if (!value.is_boolean()) refuse_type(path, value, "true or false");
    *member = value.get<bool>();
  }
  void operator()(std::string* member) const { *member = read_text(path, value); }
  void operator()(std::vector<int>* member) const {
    std::vector<int> list;
    for (std::size_t i = 0; i < require_list(path, value).size(); ++i)
      list.push_back(read_int(at_index(path, i), value[i]));
    *member = std::move(list);
  }
  void operator()(std::vector<std::string>* member) const {
    std::vector<std::string> list;
    for (std::size_t i = 0; i < require_list(path, value).size(); ++i)
      list.push_back(read_text(at_index(path, i), value[i]));
    *member = std::move(list);
  }
  void operator()(std::vector<PolicyOverride>* member) const { *member = read_overrides(path, value); }
  void operator()(std::vector<SchedulePhase>* member) const { *member = read_schedule(path, value); }
  void operator()(std::vector<PolicyEdit>* member) const { *member = read_edits(path, value); }
};

OrderedJson written(const std::vector<PolicyOverride>& overrides) {
  OrderedJson list = OrderedJson::array();
  for (const auto& o : overrides)
    list.push_back(OrderedJson{{"layer", o.layer}, {"stage", o.stage}, {"value", o.value}});
  return list;
}

OrderedJson written(const std::vector<SchedulePhase>& phases) {
  OrderedJson list = OrderedJson::array();
  for (const auto& phase : phases) {
    OrderedJson entry{{"fraction", phase.fraction}, {"policy", phase.preset}};
    entry["overrides"] = written(phase.overrides);
    list.push_back(std::move(entry));
  }
  return list;
}

OrderedJson written(const std::vector<PolicyEdit>& edits) {
  OrderedJson list = OrderedJson::array();
  for (const auto& edit : edits) {
    OrderedJson entry{{"step", edit.step}, {"policy", edit.preset}};
    entry["overrides"] = written(edit.overrides);
    list.push_back(std::move(entry));
  }
  return list;
}

template <class T>
OrderedJson written(const T& value) {
  return value;
}

}  // namespace

std::string in_words(const nlohmann::json& value) {
  constexpr std::size_t longest = 60;
  if (value.is_null()) return "null";
  if (value.is_array()) return "a list";
  if (value.is_object()) return "an object in braces";
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() > longest) text = text.substr(0, longest) + "…";
  return value.is_string() ? "the text " + text : text;
}

void refuse_unknown(const std::string& parent, const std::string& key,
                    const std::vector<std::string>& known) {
  const std::string prefix = parent.empty() ? "" : parent + ".";
  const std::string nearest = nearest_name(key, known);
  std::string meant = prefix + nearest;
  // A field that exists elsewhere under exactly this name is a better guess than a similar one here.
  if (edit_distance(key, nearest) > 0)
    for (const auto& field : experiment_schema())
      if (field.path.ends_with("." + key)) {
        meant = field.path;
        break;
      }
  throw FieldError(prefix + key.substr(0, 100), "there is no such field; the nearest is " + meant);
}

void read_field(Experiment& experiment, const SchemaRow& row, const nlohmann::json& value) {
  std::visit(Reader{row.info.path, value}, row.member(experiment));
}

nlohmann::ordered_json write_field(const Experiment& experiment, const SchemaRow& row) {
  // The accessor serves reading and writing; nothing is changed through it here.
  auto& source = const_cast<Experiment&>(experiment);
  return std::visit([](const auto* member) { return written(*member); }, row.member(source));
}

}  // namespace halfwave
