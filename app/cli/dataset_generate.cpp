#include "app/cli/commands.h"
#include "app/cli/data_loading.h"
#include "app/cli/interrupt.h"
#include "app/cli/result_output.h"
#include "app/cli/run_path.h"
#include "app/cli/startup.h"
#include "core/error.h"
#include "core/experiment/experiment_io.h"
#include "core/experiment/generated_source.h"
#include "core/words.h"
#include "datasets/generate.h"
#include "datasets/writers/write.h"

#include <iostream>

namespace halfwave::cli {
namespace {

struct Request {
  DatasetSpec spec;
  bool test = false;
  std::string out;
  bool json = false;
};

/// Problems of a field are told as those of the option of its name.
void check(const DatasetSpec& spec) {
  if (!find_generated_source(spec.source)) {
    std::vector<std::string> names;
    for (const auto& source : generated_sources()) names.push_back(source.name);
    throw RequestError("there is no generator \"" + spec.source + "\"; " + listed(names) +
                       " are what can be generated");
  }
  const std::string prefix = "dataset.";
  for (const FieldProblem& problem : parameter_problems(spec))
    throw RequestError("--" + problem.path.substr(prefix.size()) + ": " + problem.problem);
}

std::string grid_text(const std::vector<std::int64_t>& grid) {
  std::string text;
  for (std::int64_t points : grid) text += (text.empty() ? "" : " x ") + std::to_string(points);
  return text;
}

int generate(const Request& request) {
  namespace fs = std::filesystem;
  prepare_library();
  check(request.spec);
  const fs::path file = request.out;
  try {
    datasets::require_written_format(file);
  } catch (const RequestError& error) {
    throw RequestError(std::string("--out: ") + error.what());
  }
  check_new_file(file);

  const Interrupt interrupt;
  Console console;
  const auto begin = std::chrono::steady_clock::now();
  Dataset dataset;
  try {
    dataset = datasets::generate(request.spec, request.test ? datasets::test_stream : datasets::train_stream,
                                 console_progress(console, interrupt.flag()));
  } catch (const datasets::Cancelled&) {
    console.line("Stopped; " + request.out + " was not written.");
    return interrupt.exit_code();
  } catch (const FieldError& error) {
    throw RequestError("--" + error.path() + ": " + error.problem());
  }
  datasets::write_dataset(dataset, file);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  console.clear();

  std::error_code error;
  const auto size = static_cast<double>(fs::file_size(file, error));
  if (request.json)
    print_json(std::cout, {{"file", file.string()},
                           {"source", request.spec.source},
                           {"samples", dataset.samples()},
                           {"grid", dataset.grid()},
                           {"seed", request.spec.seed},
                           {"bytes", static_cast<std::int64_t>(size)},
                           {"seconds", seconds}});
  else
    std::cout << file.string() << ": " << dataset.samples() << " samples of " << request.spec.source << " on "
              << grid_text(dataset.grid()) << " points, " << bytes(size) << ", in " << duration(seconds)
              << '\n';
  return 0;
}

}  // namespace

void add_dataset_generate(CLI::App& dataset, int& exit_code) {
  auto request = std::make_shared<Request>();
  CLI::App* command =
      dataset.add_subcommand("generate", "Solve a PDE for random inputs and write the samples");
  std::vector<std::string> names;
  for (const auto& source : generated_sources()) names.push_back(source.name);
  DatasetSpec& spec = request->spec;
  command->add_option("SOURCE", spec.source, "What to generate: " + listed(names))->required();
  const auto add = [&](const char* option, auto& value, const char* type, const char* help) {
    command->add_option(option, value, help)->capture_default_str()->type_name(type);
  };
  add("--resolution", spec.resolution, "N", "Points along each axis");
  add("--samples", spec.samples, "K", "Samples");
  add("--seed", spec.seed, "S", "Start of the random numbers");
  add("--viscosity", spec.viscosity, "NU", "Viscosity, or diffusivity of heat; 0 for the usual one");
  add("--time", spec.time, "T", "Time to the last target (hours for shallow-water); 0 for the usual one");
  add("--frames", spec.frames, "F", "Targets at equal times: channels, or an axis of burgers");
  add("--forcing", spec.forcing, "NAME", "Of navier-stokes: paper, kolmogorov or none");
  add("--boundary", spec.boundary, "NAME", "Of poisson and heat: periodic or dirichlet");
  add("--coefficient", spec.coefficient, "NAME", "Of darcy: two-valued or lognormal");
  command->add_flag("--test", request->test, "Draw test samples, which no training set of the seed contains");
  command->add_option("--out", request->out, "File to write (.pt, .npz, .h5)")->required()->type_name("FILE");
  command->add_flag("--json", request->json, "Print what was written as one JSON object");
  command->callback([request, &exit_code] { exit_code = generate(*request); });
}

}  // namespace halfwave::cli
