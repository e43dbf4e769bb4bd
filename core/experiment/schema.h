#pragma once

#include "core/experiment/experiment.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace halfwave {

/// What kind of value a field of an experiment holds; a form picks its editor by this.
enum class FieldKind : std::uint8_t {
  integer,  ///< a whole number within `minimum` … `maximum`
  seed,     ///< a whole number from 0 to 2⁶⁴ − 1
  number,   ///< a real number within `minimum` … `maximum`
  boolean,
  choice,  ///< one of `choices`
  text,
  device,  ///< `cpu`, `cuda` or `cuda:N`
  file,    ///< path of a file, may be empty
  file_list,
  integer_list,  ///< each element within `minimum` … `maximum`
  overrides,     ///< cells of a policy table
  schedule,      ///< phases of a schedule
  edits          ///< changes of the policy while a run goes on
};

/// One field of the experiment document, as every part of the program describes it to a person.
struct FieldInfo {
  std::string path;  ///< dotted, as in JSON and --set, for instance `operator.modes`
  FieldKind kind = FieldKind::text;
  std::string label;  ///< for a form
  std::string unit;   ///< empty for a number without unit
  std::string help;   ///< one sentence, for a tooltip
  std::optional<double> minimum;
  std::optional<double> maximum;
  bool above_minimum = false;  ///< `minimum` itself is not allowed
  std::vector<std::string> choices;
  std::string default_value;  ///< JSON text
};

/// Every field but `version`, in the order of the document. The one source for the file check, --set, forms
/// and tooltips.
const std::vector<FieldInfo>& experiment_schema();

/// The description of one field, or nullptr when there is none of that path.
const FieldInfo* find_field(std::string_view path);

/// The value of a field as JSON text. Throws FieldError for an unknown path.
std::string field_value(const Experiment& experiment, std::string_view path);

}  // namespace halfwave
