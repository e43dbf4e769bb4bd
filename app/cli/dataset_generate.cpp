#include "app/cli/commands.h"
#include "app/cli/data_loading.h"
#include "app/cli/interrupt.h"
#include "app/cli/result_output.h"
#include "app/cli/run_path.h"
#include "app/cli/startup.h"
#include "core/error.h"
#include "core/experiment/experiment_io.h"
#include "core/experiment/generated_source.h"
#include "core/experiment/surface_source.h"
#include "core/words.h"
#include "datasets/generate.h"
#include "datasets/surface_file.h"
#include "datasets/writers/write.h"

#include <algorithm>
#include <iostream>

namespace halfwave::cli {
namespace {

namespace fs = std::filesystem;

struct Request {
  DatasetSpec spec;
  bool test = false;
  std::string out;
  bool json = false;
  std::vector<std::string> given;  ///< options that not every source takes and that were named
};

std::vector<std::string> all_names() {
  std::vector<std::string> names;
  for (const auto& source : generated_sources()) names.push_back(source.name);
  for (const auto& source : surface_sources()) names.push_back(source.name);
  return names;
}

/// Problems of a field are told as those of the option of its name.
void check(const DatasetSpec& spec) {
  if (!find_generated_source(spec.source)) {
    throw RequestError("there is no generator \"" + spec.source + "\"; " + listed(all_names()) +
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

/// The file to write, once it is clear that it can be.
fs::path checked_file(const Request& request) {
  const fs::path file = request.out;
  try {
    datasets::require_written_format(file);
  } catch (const RequestError& error) {
    throw RequestError(std::string("--out: ") + error.what());
  }
  check_new_file(file);
  return file;
}

/// What was made, for a person and for a program.
struct Made {
  std::string text;              ///< `512 samples of darcy on 64 x 64 points`
  nlohmann::ordered_json facts;  ///< after `file` and `source`
};

/// Makes and writes a file under the eyes of Ctrl-C. `make` gives what `write` takes.
template <typename Make, typename Write, typename Tell>
int make_file(const Request& request, Make make, Write write, Tell tell) {
  const fs::path file = checked_file(request);
  const Interrupt interrupt;
  Console console;
  const auto begin = std::chrono::steady_clock::now();
  decltype(make(datasets::Progress{})) made;
  try {
    made = make(console_progress(console, interrupt.flag()));
  } catch (const datasets::Cancelled&) {
    console.line("Stopped; " + request.out + " was not written.");
    return interrupt.exit_code();
  } catch (const FieldError& error) {
    throw RequestError("--" + error.path() + ": " + error.problem());
  }
  write(made, file);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  console.clear();

  std::error_code error;
  const auto size = static_cast<double>(fs::file_size(file, error));
  const Made told = tell(made);
  if (request.json) {
    nlohmann::ordered_json object{{"file", file.string()}, {"source", request.spec.source}};
    object.update(told.facts);
    object["seed"] = request.spec.seed;
    object["bytes"] = static_cast<std::int64_t>(size);
    object["seconds"] = seconds;
    print_json(std::cout, object);
  } else {
    std::cout << file.string() << ": " << told.text << ", " << bytes(size) << ", in " << duration(seconds)
              << '\n';
  }
  return 0;
}

std::uint32_t stream_of(const Request& request) {
  return request.test ? datasets::test_stream : datasets::train_stream;
}

int generate_samples(const Request& request) {
  check(request.spec);
  return make_file(
      request,
      [&](const datasets::Progress& progress) {
        return datasets::generate(request.spec, stream_of(request), progress);
      },
      datasets::write_dataset,
      [&](const Dataset& dataset) {
        return Made{std::to_string(dataset.samples()) + " samples of " + request.spec.source + " on " +
                        grid_text(dataset.grid()) + " points",
                    {{"samples", dataset.samples()}, {"grid", dataset.grid()}}};
      });
}

/// What a source of surfaces takes; the rest of the options is of equations.
datasets::BluffBodySpec checked_bodies(const Request& request, const SurfaceSource& source) {
  for (const std::string& option : request.given)
    if (option != "--resolution" && option != "--samples")
      throw RequestError(option + ": " + source.name +
                         " does not take it; it takes --resolution, --samples, --seed and --test");
  const auto given = [&](const char* option) {
    return std::find(request.given.begin(), request.given.end(), option) != request.given.end();
  };
  const int resolution = given("--resolution") ? request.spec.resolution : source.usual_resolution;
  if (resolution < source.coarsest || resolution > source.finest)
    throw RequestError("--resolution: " + std::to_string(resolution) + " is out of range; " + source.name +
                       " takes " + std::to_string(source.coarsest) + " to " + std::to_string(source.finest));
  const int samples = given("--samples") ? request.spec.samples : source.usual_samples;
  return {resolution, resolution, samples, request.spec.seed, stream_of(request)};
}

int generate_surfaces(const Request& request, const SurfaceSource& source) {
  const auto spec = checked_bodies(request, source);
  return make_file(
      request,
      [&](const datasets::Progress& progress) {
        try {
          return datasets::bluff_body_arrays(spec, progress);
        } catch (const FieldError& error) {
          const bool of_rings = error.path() == "stations" || error.path() == "around";
          throw FieldError(of_rings ? "resolution" : error.path(), error.problem());
        }
      },
      datasets::write_arrays,
      [&](const datasets::NamedArrays& made) {
        const std::int64_t points = made.arrays[0].values.size(1), triangles = made.arrays[1].values.size(0);
        return Made{std::to_string(spec.samples) + " samples of " + source.name + " of " +
                        std::to_string(points) + " points and " + std::to_string(triangles) + " triangles",
                    {{"samples", spec.samples}, {"points", points}, {"triangles", triangles}}};
      });
}

int generate(const Request& request) {
  prepare_library();
  if (const SurfaceSource* source = find_surface_source(request.spec.source))
    return generate_surfaces(request, *source);
  return generate_samples(request);
}

}  // namespace

void add_dataset_generate(CLI::App& dataset, int& exit_code) {
  auto request = std::make_shared<Request>();
  CLI::App* command =
      dataset.add_subcommand("generate", "Solve a PDE for random inputs and write the samples");
  DatasetSpec& spec = request->spec;
  command->add_option("SOURCE", spec.source, "What to generate: " + listed(all_names()))->required();
  const auto add = [&](const char* option, auto& value, const char* type, const char* help) {
    command->add_option(option, value, help)->capture_default_str()->type_name(type);
  };
  add("--resolution", spec.resolution, "N",
      "Points along each axis; of bluff-body rings and points of a ring, usually 24");
  add("--samples", spec.samples, "K", "Samples; of bluff-body usually 100");
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
  command->callback([request, command, &exit_code] {
    for (const char* option : {"--resolution", "--samples", "--viscosity", "--time", "--frames", "--forcing",
                               "--boundary", "--coefficient"})
      if (command->count(option) > 0) request->given.emplace_back(option);
    exit_code = generate(*request);
  });
  command->footer(
      "bluff-body writes values on surfaces: arrays points, triangles and pressure, which are no "
      "grid to train on.");
}

}  // namespace halfwave::cli
