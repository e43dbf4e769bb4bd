#include "app/cli/commands.h"
#include "app/cli/data_loading.h"
#include "app/cli/interrupt.h"
#include "app/cli/result_output.h"
#include "app/cli/run_path.h"
#include "app/cli/startup.h"
#include "core/error.h"
#include "datasets/generate.h"
#include "datasets/writers/pt.h"

#include <iostream>

namespace halfwave::cli {
namespace {

struct Request {
  std::string source;
  int resolution = 64;
  int samples = 512;
  std::uint64_t seed = 0;
  bool test = false;
  std::string out;
  bool json = false;
};

int generate(const Request& request) {
  namespace fs = std::filesystem;
  prepare_library();
  if (request.source != "darcy")
    throw RequestError("there is no generator \"" + request.source + "\"; darcy is what can be generated");
  const fs::path file = request.out;
  if (file.extension() != ".pt")
    throw RequestError("--out: " + request.out + " does not end in .pt, the format that is written");
  check_new_file(file);

  datasets::DarcySpec spec;
  spec.resolution = request.resolution;
  spec.samples = request.samples;
  spec.seed = request.seed;
  spec.stream = request.test ? 1 : 0;
  const Interrupt interrupt;
  Console console;
  const auto begin = std::chrono::steady_clock::now();
  Dataset dataset;
  try {
    dataset = datasets::generate_darcy(spec, console_progress(console, interrupt.flag()));
  } catch (const datasets::Cancelled&) {
    console.line("Stopped; " + request.out + " was not written.");
    return interrupt.exit_code();
  } catch (const FieldError& error) {
    throw RequestError("--" + error.path() + ": " + error.problem());
  }
  datasets::write_pt(dataset, file);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  console.clear();

  std::error_code error;
  const auto size = static_cast<double>(fs::file_size(file, error));
  if (request.json)
    print_json(std::cout, {{"file", file.string()},
                           {"source", request.source},
                           {"samples", dataset.samples()},
                           {"grid", dataset.grid()},
                           {"seed", request.seed},
                           {"bytes", static_cast<std::int64_t>(size)},
                           {"seconds", seconds}});
  else
    std::cout << file.string() << ": " << dataset.samples() << " samples of " << request.source << " on "
              << request.resolution << " x " << request.resolution << " points, " << bytes(size) << ", in "
              << duration(seconds) << '\n';
  return 0;
}

}  // namespace

void add_dataset_generate(CLI::App& dataset, int& exit_code) {
  auto request = std::make_shared<Request>();
  CLI::App* command =
      dataset.add_subcommand("generate", "Solve a PDE for random inputs and write the samples");
  command->add_option("SOURCE", request->source, "What to generate: darcy")->required();
  command->add_option("--resolution", request->resolution, "Points along each axis")
      ->capture_default_str()
      ->type_name("N");
  command->add_option("--samples", request->samples, "Samples")->capture_default_str()->type_name("K");
  command->add_option("--seed", request->seed, "Start of the random numbers")
      ->capture_default_str()
      ->type_name("S");
  command->add_flag("--test", request->test, "Draw test samples, which no training set of the seed contains");
  command->add_option("--out", request->out, "File to write (.pt)")->required()->type_name("FILE");
  command->add_flag("--json", request->json, "Print what was written as one JSON object");
  command->callback([request, &exit_code] { exit_code = generate(*request); });
}

}  // namespace halfwave::cli
