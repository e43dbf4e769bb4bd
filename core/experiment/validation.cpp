#include "core/error.h"
#include "core/experiment/dataset_map.h"
#include "core/experiment/experiment_io.h"
#include "core/experiment/field_access.h"
#include "core/experiment/surface_source.h"
#include "core/experiment/validation_parts.h"

#include <algorithm>
#include <cmath>

namespace halfwave {

std::string at_index(const std::string& path, std::size_t i) {
  return path + "[" + std::to_string(i) + "]";
}

std::string text_of(double value) {
  return nlohmann::json(value).dump();
}

std::string text_of(int value) {
  return std::to_string(value);
}

std::string plural(std::size_t count, const std::string& word) {
  return std::to_string(count) + " " + word + (count == 1 ? "" : "s");
}

bool wrong_at(const Problems& out, const std::string& path) {
  return std::any_of(out.begin(), out.end(), [&](const FieldProblem& p) {
    return p.path == path || p.path.starts_with(path + "[") || p.path.starts_with(path + ".");
  });
}

namespace {

/// The beginning of a text, in quotation marks.
std::string quoted(const std::string& text) {
  std::string result(1, '"');
  result.append(text, 0, 60);
  result += '"';
  return result;
}

// ---- what one field alone can tell
// -------------------------------------------------------------------------

template <class Number>
void check_range(const FieldInfo& info, const std::string& path, Number value, Problems& out) {
  const auto limit = [](double bound) { return text_of(static_cast<Number>(bound)); };
  if (!std::isfinite(static_cast<double>(value)))
    out.push_back({path, "the value is not a finite number"});
  else if (info.minimum && info.above_minimum && value <= *info.minimum)
    out.push_back({path, text_of(value) + " is not more than " + text_of(static_cast<int>(*info.minimum))});
  else if (info.minimum && value < *info.minimum)
    out.push_back({path, text_of(value) + " is less than " + limit(*info.minimum) + ", the least allowed"});
  else if (info.maximum && value > *info.maximum)
    out.push_back({path, text_of(value) + " is more than " + limit(*info.maximum) + ", the most allowed"});
}

void check_choice(const FieldInfo& info, const std::string& value, Problems& out) {
  if (std::find(info.choices.begin(), info.choices.end(), value) != info.choices.end()) return;
  if (info.path == "dataset.source")
    if (auto refusal = surface_refusal(value)) {
      out.push_back({info.path, *std::move(refusal)});
      return;
    }
  std::string known;
  for (const auto& choice : info.choices) known += (known.empty() ? "" : ", ") + choice;
  out.push_back({info.path, quoted(value) + " is not one of " + known});
}

bool is_device_name(const std::string& name) {
  if (name == "cpu" || name == "cuda") return true;
  const std::string prefix = "cuda:";
  return name.starts_with(prefix) && name.size() > prefix.size() && name.size() <= prefix.size() + 3 &&
         std::all_of(name.begin() + static_cast<std::ptrdiff_t>(prefix.size()), name.end(),
                     [](char c) { return c >= '0' && c <= '9'; });
}

void check_map(const std::string& value, Problems& out) {
  try {
    parse_dataset_map(value);
  } catch (const FieldError& error) {
    out.push_back({error.path(), error.problem()});
  }
}

void check_text(const FieldInfo& info, const std::string& value, Problems& out) {
  if (info.kind == FieldKind::choice) check_choice(info, value, out);
  if (info.kind == FieldKind::device && !is_device_name(value))
    out.push_back({info.path, quoted(value) + " is not a device; write cpu, cuda or cuda:0"});
  if (info.kind == FieldKind::file && value.find('\0') != std::string::npos)
    out.push_back({info.path, "a file's name holds no zero byte"});
  if (info.path == "dataset.map") return check_map(value, out);
  if (info.kind != FieldKind::text) return;
  const bool usable = std::all_of(value.begin(), value.end(), [](unsigned char c) {
    return c >= 0x20 && c != 0x7f && c != '/' && c != '\\';
  });
  if (value.find_first_not_of(" .") == std::string::npos)
    out.push_back({info.path, "an experiment needs a name with a letter or a digit"});
  else if (!usable || value.size() > 100)
    out.push_back({info.path,
                   "a name has at most 100 characters, no slash and no control character, for it "
                   "names folders"});
}

struct OwnCheck {
  const FieldInfo& info;
  Problems& out;
  void operator()(const int* value) const { check_range(info, info.path, *value, out); }
  void operator()(const double* value) const { check_range(info, info.path, *value, out); }
  void operator()(const std::string* value) const { check_text(info, *value, out); }
  void operator()(const std::vector<int>* list) const {
    for (std::size_t i = 0; i < list->size(); ++i) check_range(info, at_index(info.path, i), (*list)[i], out);
  }
  void operator()(const std::vector<std::string>* list) const {
    for (std::size_t i = 0; i < list->size(); ++i)
      if ((*list)[i].empty() || (*list)[i].find('\0') != std::string::npos)
        out.push_back({at_index(info.path, i), "a file's name is not empty and holds no zero byte"});
  }
  // Every value of these is allowed on its own, or is looked at together with other fields.
  void operator()(const std::uint64_t*) const {}
  void operator()(const bool*) const {}
  void operator()(const std::vector<PolicyOverride>*) const {}
  void operator()(const std::vector<SchedulePhase>*) const {}
  void operator()(const std::vector<PolicyEdit>*) const {}
};

// ---- what fields tell together
// -----------------------------------------------------------------------------

void check_dataset(const Experiment& e, Problems& out) {
  if (wrong_at(out, "dataset.source")) return;
  if (e.dataset.source == "file") {
    if (e.dataset.train.empty())
      out.push_back({"dataset.train",
                     "no training file is named; add --set dataset.train=FILE, for instance "
                     "--set dataset.train=darcy_train_16.pt"});
    if (e.dataset.samples == 1)
      out.push_back({"dataset.samples", "1 is less than 2, the fewest to train on; 0 takes all of the file"});
  } else {
    check_generated(e.dataset, out);
  }
}

void check_operator(const Experiment& e, Problems& out) {
  const OperatorSpec& op = e.op;
  const std::size_t dimension = op.modes.size();
  if (dimension < 1 || dimension > 3) {
    out.push_back(
        {"operator.modes", "has " + plural(dimension, "element") +
                               "; an operator has 1 to 3 axes, so [16, 16] is one for plane fields"});
  } else {
    check_modes(e, out);
  }
  const auto check_hidden = [&](const char* path, double ratio) {
    if (wrong_at(out, path) || wrong_at(out, "operator.width") || op.width * ratio >= 1.0) return;
    out.push_back({path, text_of(ratio) + " of a width of " + std::to_string(op.width) +
                             " leaves no hidden channel; at least 1/" + std::to_string(op.width) +
                             " is needed"});
  };
  check_hidden("operator.lifting_ratio", op.lifting_ratio);
  check_hidden("operator.projection_ratio", op.projection_ratio);
  if (op.channel_mlp) check_hidden("operator.channel_mlp_expansion", op.channel_mlp_expansion);
}

}  // namespace

std::vector<FieldProblem> problems(const Experiment& experiment) {
  Problems out;
  if (experiment.version != Experiment::current_version)
    out.push_back({"version", std::to_string(experiment.version) + " is not " +
                                  std::to_string(Experiment::current_version) +
                                  ", the version that this Halfwave works with"});
  // The accessor serves reading and writing; a copy keeps the argument constant.
  Experiment copy = experiment;
  for (const auto& row : schema_rows())
    std::visit([&](const auto* member) { OwnCheck{row.info, out}(member); }, row.member(copy));
  check_dataset(experiment, out);
  check_operator(experiment, out);
  check_precision(experiment, out);
  return out;
}

void validate(const Experiment& experiment) {
  const auto found = problems(experiment);
  if (!found.empty()) throw FieldError(found.front().path, found.front().problem);
}

}  // namespace halfwave
