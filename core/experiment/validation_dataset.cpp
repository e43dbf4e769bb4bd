#include "core/experiment/generated_source.h"
#include "core/experiment/schema.h"
#include "core/experiment/validation_parts.h"
#include "core/words.h"

#include <algorithm>
#include <set>

namespace halfwave {
namespace {

/// `a 64`, but `an 8`: the words for what begins with eight start with a vowel.
std::string with_article(int count) {
  const std::string digits = std::to_string(count);
  return (digits.front() == '8' || digits == "11" || digits == "18" ? "an " : "a ") + digits;
}

/// The sources that take a parameter, for a sentence.
template <typename Takes>
std::string sources_that(Takes takes) {
  std::vector<std::string> names;
  for (const auto& source : generated_sources())
    if (takes(source)) names.push_back(source.name);
  if (names.size() < 2) return listed(names);
  const std::string last = names.back();
  names.pop_back();
  return listed(names) + " and " + last;
}

/// A parameter that is set though the source does not take it.
template <typename Takes>
void check_taken(const GeneratedSource& source, bool is_set, const char* name, Takes takes, Problems& out) {
  if (!is_set || takes(source)) return;
  const std::string path = std::string("dataset.") + name;
  out.push_back({path, "is of " + sources_that(takes) + ", but dataset.source is \"" + source.name + "\""});
}

void check_parameter(const char* path, double value, const std::optional<ParameterRange>& range,
                     const std::string& source, Problems& out) {
  if (!range || value == 0.0 || wrong_at(out, path)) return;
  if (value >= range->minimum && value <= range->maximum) return;
  out.push_back({path, text_of(value) + " is out of range; " + source + " takes " + text_of(range->minimum) +
                           " to " + text_of(range->maximum) + ", and 0 for " + text_of(range->usual)});
}

void check_parameters(const DatasetSpec& d, const GeneratedSource& source, Problems& out) {
  const DatasetSpec usual;
  using S = GeneratedSource;
  check_taken(
      source, d.viscosity != 0.0, "viscosity", [](const S& s) { return s.viscosity.has_value(); }, out);
  check_taken(
      source, d.time != 0.0, "time", [](const S& s) { return s.time.has_value(); }, out);
  check_taken(
      source, d.frames != 1, "frames", [](const S& s) { return s.most_frames > 1; }, out);
  check_taken(
      source, d.forcing != usual.forcing, "forcing", [](const S& s) { return s.forcing; }, out);
  check_taken(
      source, d.boundary != usual.boundary, "boundary", [](const S& s) { return s.boundary; }, out);
  check_taken(
      source, d.coefficient != usual.coefficient, "coefficient", [](const S& s) { return s.coefficient; },
      out);
  check_parameter("dataset.viscosity", d.viscosity, source.viscosity, source.name, out);
  check_parameter("dataset.time", d.time, source.time, source.name, out);
  if (source.most_frames > 1 && d.frames > source.most_frames)
    out.push_back({"dataset.frames", std::to_string(d.frames) + " is more than " +
                                         std::to_string(source.most_frames) + ", the most of " +
                                         source.name});
}

void check_resolution(const std::string& path, int resolution, const GeneratedSource& source, Problems& out) {
  if (resolution > source.finest && !wrong_at(out, path))
    out.push_back({path, std::to_string(resolution) + " is more than " + std::to_string(source.finest) +
                             ", the most allowed"});
}

}  // namespace

std::vector<FieldProblem> parameter_problems(const DatasetSpec& dataset) {
  Problems out;
  const GeneratedSource* source = find_generated_source(dataset.source);
  if (!source) return out;
  for (const auto& [path, value] :
       {std::pair{"dataset.forcing", &dataset.forcing}, std::pair{"dataset.boundary", &dataset.boundary},
        std::pair{"dataset.coefficient", &dataset.coefficient}}) {
    const auto& choices = find_field(path)->choices;
    if (std::find(choices.begin(), choices.end(), *value) != choices.end()) continue;
    std::string sentence(1, '"');
    sentence += value->substr(0, 60);
    sentence += "\" is not one of ";
    sentence += listed(choices);
    out.push_back({path, std::move(sentence)});
  }
  if (dataset.frames < 1)
    out.push_back({"dataset.frames", std::to_string(dataset.frames) + " is less than 1, the least allowed"});
  check_parameters(dataset, *source, out);
  return out;
}

void check_generated(const DatasetSpec& d, Problems& out) {
  if (d.samples == 0 || d.samples == 1)
    out.push_back({"dataset.samples", std::to_string(d.samples) + " is less than 2, the fewest to train on"});
  if (d.test_samples == 0) out.push_back({"dataset.test_samples", "0 is less than 1, the fewest to test on"});
  if (d.test_resolutions.empty())
    out.push_back({"dataset.test_resolutions", "is empty; name at least one resolution, for instance [64]"});
  std::set<int> seen;
  for (std::size_t i = 0; i < d.test_resolutions.size(); ++i)
    if (!seen.insert(d.test_resolutions[i]).second)
      out.push_back(
          {at_index("dataset.test_resolutions", i),
           std::to_string(d.test_resolutions[i]) + " is named twice; each resolution is tested once"});
  if (const GeneratedSource* source = find_generated_source(d.source)) {
    check_resolution("dataset.resolution", d.resolution, *source, out);
    for (std::size_t i = 0; i < d.test_resolutions.size(); ++i)
      check_resolution(at_index("dataset.test_resolutions", i), d.test_resolutions[i], *source, out);
    check_parameters(d, *source, out);
  }
  if (!d.train.empty())
    out.push_back({"dataset.train", "is read only when dataset.source is \"file\", but it is \"" + d.source +
                                        "\"; set dataset.source=file, or leave dataset.train empty"});
  else if (!d.test.empty())
    out.push_back({"dataset.test", "is read only when dataset.source is \"file\", but it is \"" + d.source +
                                       "\"; set dataset.source=file, or leave dataset.test empty"});
  else if (!d.map.empty())
    out.push_back({"dataset.map", "is used only when dataset.source is \"file\", but it is \"" + d.source +
                                      "\"; set dataset.source=file, or leave dataset.map empty"});
}

void check_modes(const Experiment& e, Problems& out) {
  const DatasetSpec& d = e.dataset;
  std::vector<int> grid = generated_grid(d, d.resolution);
  if (grid.empty() || wrong_at(out, "operator.modes") || wrong_at(out, "dataset.frames")) return;
  const std::size_t dimension = e.op.modes.size();
  if (dimension != grid.size()) {
    std::string fitting;
    for (std::size_t i = 0; i < grid.size(); ++i) fitting += i == 0 ? "12" : ", 12";
    out.push_back(
        {"operator.modes", "has " + plural(dimension, "element") + ", but samples of " + d.source + " have " +
                               (grid.size() == 1 ? "1 axis" : std::to_string(grid.size()) + " axes") + "; [" +
                               fitting + "] would fit"});
    return;
  }
  if (wrong_at(out, "dataset.resolution") || wrong_at(out, "dataset.test_resolutions")) return;
  // The coarsest grid that the operator will see.
  for (int resolution : d.test_resolutions) {
    const auto other = generated_grid(d, resolution);
    for (std::size_t i = 0; i < grid.size(); ++i) grid[i] = std::min(grid[i], other[i]);
  }
  for (std::size_t i = 0; i < dimension; ++i)
    if (e.op.modes[i] > grid[i])
      out.push_back({at_index("operator.modes", i), std::to_string(e.op.modes[i]) + " is more than " +
                                                        std::to_string(grid[i]) + ", the most " +
                                                        with_article(grid[i]) + "-point axis carries"});
}

}  // namespace halfwave
