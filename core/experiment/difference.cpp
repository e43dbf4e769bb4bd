#include "core/experiment/difference.h"

#include "core/error.h"
#include "core/experiment/experiment_io.h"
#include "core/experiment/field_access.h"

namespace halfwave {
namespace {

/// Whether the assignment gives the field its value, which bare text does not for, say, a name of digits.
bool carries(const Experiment& from, const Experiment& to, const SchemaRow& row,
             const std::string& assignment) {
  Experiment trial = from;
  try {
    set_field(trial, assignment);
  } catch (const Error&) {
    return false;
  }
  return write_field(trial, row) == write_field(to, row);
}

}  // namespace

std::vector<std::string> differing_fields(const Experiment& a, const Experiment& b) {
  std::vector<std::string> paths;
  for (const SchemaRow& row : schema_rows())
    if (write_field(a, row) != write_field(b, row)) paths.push_back(row.info.path);
  return paths;
}

std::vector<std::string> assignments_between(const Experiment& from, const Experiment& to) {
  std::vector<std::string> assignments;
  for (const SchemaRow& row : schema_rows()) {
    const auto value = write_field(to, row);
    if (write_field(from, row) == value) continue;
    std::string assignment = row.info.path + '=';
    if (value.is_string()) {
      const std::string bare = assignment + value.get<std::string>();
      if (carries(from, to, row, bare)) {
        assignments.push_back(bare);
        continue;
      }
    }
    assignments.push_back(assignment += value.dump());
  }
  return assignments;
}

}  // namespace halfwave
