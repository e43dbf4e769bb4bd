#pragma once

#include "core/experiment/experiment.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace halfwave {

/// The document as JSON text, every field written, two spaces a level.
std::string to_json(const Experiment& experiment);

/// Reads and validates. Fields left out keep their defaults; unknown fields are refused with the nearest
/// known name. `where` (a file's name) begins the message of a text that is not JSON at all. Throws
/// FieldError / RequestError.
Experiment experiment_from_json(std::string_view text, std::string_view where = "experiment");

/// The same without `validate`: for a document that is still to be completed, by --set or in a form.
Experiment parse_experiment(std::string_view text, std::string_view where = "experiment");

/// A file, or the name of a shipped preset (`darcy-quick`, `darcy-example`). Not validated, for `set_field`
/// may still have to complete it (`darcy-example` names no training file): call `validate` afterwards.
Experiment load_experiment(const std::string& file_or_preset);
void save_experiment(const Experiment& experiment, const std::filesystem::path& file);

const std::vector<std::string>& experiment_preset_names();

/// `operator.modes=[12,12]`, `training.epochs=5`, `dataset.train=/a/b.pt`: sets one field (the value is JSON,
/// or bare text for a text field; `operator.width` style paths, `[i]` for elements). Does not validate the
/// whole.
void set_field(Experiment& experiment, std::string_view assignment);

/// Everything that can be checked without the data. Throws FieldError for the first field that is wrong:
/// `operator.modes[1]: 40 is more than 32, the most a 64-point axis carries`.
void validate(const Experiment& experiment);
/// The same, as a list of all that is wrong (for a form): pairs of path and sentence.
struct FieldProblem {
  std::string path;
  std::string problem;
};
std::vector<FieldProblem> problems(const Experiment& experiment);

/// What is wrong with the parameters of a generated dataset's source, apart from counts and grids; paths as
/// in an experiment. Nothing for files.
std::vector<FieldProblem> parameter_problems(const DatasetSpec& dataset);

}  // namespace halfwave
