#include "core/training/evaluate.h"

#include "app/cli/commands.h"
#include "app/cli/data_loading.h"
#include "app/cli/interrupt.h"
#include "app/cli/result_output.h"
#include "app/cli/startup.h"
#include "core/error.h"
#include "core/experiment/experiment_io.h"
#include "core/training/run_folder.h"
#include "datasets/dataset_checks.h"
#include "datasets/file_source.h"

#include <ATen/ATen.h>

#include <iostream>
#include <sstream>

namespace halfwave::cli {
namespace {

struct Request {
  std::string run;
  std::vector<int> resolutions;
  std::string policy;
  std::vector<std::string> overrides;
  std::string dataset;
  bool json = false;
};

std::string labels_of(const std::vector<TestSet>& tests) {
  std::string labels;
  for (const auto& test : tests) labels += (labels.empty() ? "" : ", ") + test.label;
  return labels;
}

/// Keeps the test sets whose label is one of the resolutions, in that order.
std::vector<TestSet> chosen(const std::vector<TestSet>& tests, const std::vector<int>& resolutions) {
  std::vector<TestSet> kept;
  for (int resolution : resolutions) {
    const auto found = std::find_if(tests.begin(), tests.end(), [&](const TestSet& test) {
      return test.label == std::to_string(resolution);
    });
    if (found == tests.end())
      throw RequestError("--resolution: there is no test set of resolution " + std::to_string(resolution) +
                         "; this run's files have " + labels_of(tests));
    kept.push_back(*found);
  }
  return kept;
}

/// What to test on: the run's own test sets, the same generated at other resolutions, or a file.
std::vector<TestSet> requested_tests(Experiment experiment, const Request& request, Console& console,
                                     const std::atomic<bool>& cancel) {
  DatasetSpec& spec = experiment.dataset;
  if (!request.dataset.empty()) {
    if (!request.resolutions.empty())
      throw RequestError(
          "--resolution chooses among a run's own test sets, so it does not go with --dataset");
    Dataset data = datasets::read_file(request.dataset, static_cast<int>(experiment.op.modes.size()),
                                       parse_dataset_map(experiment.dataset.map));
    if (spec.input_scale != 1.0) data.x = data.x * spec.input_scale;
    const std::string label = datasets::grid_label(data.grid());
    return {TestSet{label, std::move(data)}};
  }
  if (spec.source != "file") {
    if (!request.resolutions.empty()) spec.test_resolutions = request.resolutions;
    validate(experiment);
    // The training samples are not needed; two are the fewest that can be asked for.
    spec.samples = 2;
    return load_data(experiment, console, cancel).tests;
  }
  auto tests = load_data(experiment, console, cancel).tests;
  return request.resolutions.empty() ? tests : chosen(tests, request.resolutions);
}

/// `block.* contraction fp16`, each.
std::vector<PolicyOverride> parsed_overrides(const std::vector<std::string>& texts) {
  std::vector<PolicyOverride> overrides;
  for (const std::string& text : texts) {
    std::istringstream words(text);
    PolicyOverride cell;
    std::string more;
    if (!(words >> cell.layer >> cell.stage >> cell.value) || words >> more)
      throw RequestError("--override: \"" + text +
                         "\" is not a layer, a stage and a value, as in \"block.* contraction fp16\"");
    overrides.push_back(std::move(cell));
  }
  return overrides;
}

int evaluate(const Request& request) {
  prepare_library();
  const std::vector<PolicyOverride> overrides = parsed_overrides(request.overrides);
  const RunRecord record = read_run(request.run);
  const Interrupt interrupt;
  Console console;
  std::vector<TestSet> tests;
  try {
    tests = requested_tests(record.experiment, request, console, interrupt.flag());
  } catch (const datasets::Cancelled&) {
    console.line("Stopped before the evaluation began.");
    return interrupt.exit_code();
  }
  const RunResult result = evaluate_run(
      request.run, tests, request.policy.empty() ? std::nullopt : std::optional(request.policy), overrides);
  if (request.json)
    print_json(std::cout, result_to_json(result, request.run));
  else
    print_result(std::cout, result, request.run);
  return 0;
}

}  // namespace

void add_evaluate(CLI::App& app, int& exit_code) {
  auto request = std::make_shared<Request>();
  CLI::App* command =
      app.add_subcommand("evaluate", "Test a run's operator, also at resolutions it never saw");
  command->add_option("RUN_DIR", request->run, "Run folder with a checkpoint")->required();
  command->add_option("--resolution", request->resolutions, "Grids to test on, in place of the run's own")
      ->type_name("N ...");
  command->add_option("--policy", request->policy, "Compute under this policy, in place of the run's own")
      ->type_name("PRESET|FILE");
  command
      ->add_option(
          "--override", request->overrides,
          "Cells to cast afterwards, on top of the policy, each in quotation marks: \"block.* contraction "
          "fp16\"")
      ->type_name("\"LAYER STAGE VALUE\"")
      ->allow_extra_args(false);
  command->add_option("--dataset", request->dataset, "Test on the samples of this file")->type_name("FILE");
  command->add_flag("--json", request->json, "Print the result as one JSON object");
  command->callback([request, &exit_code] { exit_code = evaluate(*request); });
}

}  // namespace halfwave::cli
