#include "app/cli/commands.h"
#include "app/cli/compare_progress.h"
#include "app/cli/compare_table.h"
#include "app/cli/data_loading.h"
#include "app/cli/experiment_options.h"
#include "app/cli/interrupt.h"
#include "app/cli/result_output.h"
#include "app/cli/run_path.h"
#include "app/cli/startup.h"
#include "core/device/device.h"
#include "core/error.h"
#include "core/experiment/experiment_io.h"
#include "core/files/atomic_file.h"
#include "core/training/comparison.h"
#include "core/words.h"

#include <algorithm>
#include <charconv>
#include <iostream>

namespace halfwave::cli {
namespace {

struct Request {
  std::string what;
  std::string policies, engines, seeds;
  std::vector<std::string> assignments;
  std::string device;
  std::string out;
  bool in_turn = false;
  bool json = false;
  bool markdown = false;
};

std::vector<std::uint64_t> parsed_seeds(const std::string& text) {
  std::vector<std::uint64_t> seeds;
  for (const std::string& word : split_list("--seeds", text)) {
    std::uint64_t seed = 0;
    const auto read = std::from_chars(word.data(), word.data() + word.size(), seed);
    if (read.ec != std::errc() || read.ptr != word.data() + word.size())
      throw RequestError("--seeds: \"" + word + "\" is not a whole number from 0, as in --seeds 0,1,2");
    seeds.push_back(seed);
  }
  return seeds;
}

/// Each variant with each engine.
std::vector<Variant> with_engines(std::vector<Variant> variants, const std::vector<std::string>& engines) {
  if (variants.empty()) variants.push_back({"", {}});
  std::vector<Variant> crossed;
  for (const Variant& variant : variants)
    for (const std::string& engine : engines) {
      Variant one = variant;
      one.name += (variant.name.empty() ? "" : " ") + engine;
      one.assignments.push_back("operator.engine=" + engine);
      crossed.push_back(std::move(one));
    }
  return crossed;
}

void check_subject(const std::string& what) {
  const std::string shipped = "a shipped preset (" + listed(experiment_preset_names()) +
                              ") or a shipped comparison (" + listed(shipped_comparisons()) + ")";
  if (what.empty())
    throw RequestError("compare needs an experiment, or a comparison: a JSON file, " + shipped);
  const auto& presets = experiment_preset_names();
  std::error_code error;
  if (std::find(presets.begin(), presets.end(), what) == presets.end() && !is_comparison(what) &&
      !std::filesystem::exists(what, error))
    throw RequestError("there is no file \"" + what + "\"; name one, " + shipped);
}

ComparisonSpec requested_comparison(Request& request) {
  find_positional(request.what, request.assignments);
  check_subject(request.what);
  ComparisonSpec spec;
  if (is_comparison(request.what)) {
    spec = load_comparison(request.what);
  } else {
    spec.base = load_experiment(request.what);
    spec.name = spec.base.name;
    spec.seeds = {spec.base.seed};
    if (request.policies.empty() && request.engines.empty())
      throw RequestError(request.what +
                         " is one experiment; say what to compare, for instance --policies full,mixed, or "
                         "name a comparison (" +
                         listed(shipped_comparisons()) + ")");
  }
  apply_options(spec.base, request.assignments, "");
  if (!request.device.empty()) spec.base.device = request.device;
  if (!request.policies.empty())
    spec.variants = policy_variants(spec.base, split_list("--policies", request.policies));
  if (!request.engines.empty())
    spec.variants = with_engines(std::move(spec.variants), split_list("--engines", request.engines));
  if (!request.seeds.empty()) spec.seeds = parsed_seeds(request.seeds);
  return spec;
}

nlohmann::ordered_json results_to_json(const ComparisonSpec& spec, const std::vector<ComparedRun>& runs) {
  auto list = nlohmann::ordered_json::array();
  for (const ComparedRun& run : runs) {
    nlohmann::ordered_json object{{"policy", spec.variants[run.variant].name}, {"seed", run.seed}};
    object.update(result_to_json(run.result, run.folder));
    list.push_back(std::move(object));
  }
  return list;
}

/// An overflow is what a comparison may find out; a run that could not work is not.
int exit_code_of(const std::vector<ComparedRun>& runs) {
  const auto failed = [](const ComparedRun& run) { return run.result.state == RunState::failed; };
  const bool broken = std::any_of(runs.begin(), runs.end(), [&](const ComparedRun& run) {
    return failed(run) && !run.result.non_finite;
  });
  return broken || std::all_of(runs.begin(), runs.end(), failed) ? 1 : 0;
}

int compare(Request request) {
  prepare_library();
  if (request.json && request.markdown) throw RequestError("--json and --markdown exclude each other");
  const ComparisonSpec spec = requested_comparison(request);
  std::vector<ComparedRun> runs = plan_comparison(spec);
  require_device(spec.base.device);
  const std::filesystem::path folder =
      request.out.empty() ? new_run_folder(spec.name) : std::filesystem::path(request.out);
  for (const ComparedRun& run : runs) check_new_run_folder(folder / run.experiment.name);

  const Interrupt interrupt;
  Console console;
  DataBundle data;
  try {
    data = load_data(spec.base, console, interrupt.flag());
  } catch (const datasets::Cancelled&) {
    console.line("Stopped before training began.");
    return interrupt.exit_code();
  }
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  replace_file(folder / "comparison.json", to_json(spec), false);
  console.line("Folder: " + folder.string());

  std::vector<CompareProgress> progress;
  progress.reserve(runs.size());
  for (std::size_t i = 0; i < runs.size(); ++i)
    progress.emplace_back(console, runs[i].experiment.name, i + 1, runs.size(), spec.base.training.epochs);
  Comparison::Options options;
  options.folder = folder;
  options.in_turn = request.in_turn;
  // Pictures are for those who watch the folder; more would only cost time.
  options.max_snapshots_per_second = 0.2;
  Comparison comparison(
      std::move(runs), data, [&](std::size_t i) { return &progress[i]; }, options);
  std::vector<ComparedRun> done;
  {
    const OnInterrupt stop(interrupt, [&] { comparison.stop(); });
    done = comparison.run();
  }
  console.clear();
  for (const ComparedRun& run : done)
    if (run.result.state == RunState::failed && !run.result.non_finite)
      console.line(run.experiment.name + ": " + run.result.message);
  const nlohmann::ordered_json results = results_to_json(spec, done);
  replace_file(folder / "results.json", results.dump(2) + "\n", false);
  if (request.json)
    print_json(std::cout, results);
  else
    std::cout << comparison_table(spec, done, request.markdown ? TableStyle::markdown : TableStyle::aligned);
  return interrupt.flag() ? interrupt.exit_code() : exit_code_of(done);
}

}  // namespace

void add_compare(CLI::App& app, int& exit_code) {
  auto request = std::make_shared<Request>();
  CLI::App* command =
      app.add_subcommand("compare", "Train variants of an experiment on the same data and compare them");
  command->add_option("EXPERIMENT", request->what,
                      "Experiment or comparison: a JSON file, a shipped preset (" +
                          listed(experiment_preset_names()) + ") or a shipped comparison (" +
                          listed(shipped_comparisons()) + ")");
  command
      ->add_option("--policies", request->policies,
                   "The variants: presets, schedule for the paper's, files of policy tables")
      ->type_name("full,amp,FILE.json,...");
  command->add_option("--engines", request->engines, "Each variant with each of these engines")
      ->type_name("fft,dft");
  command->add_option("--seeds", request->seeds, "Each variant with each of these seeds")->type_name("0,1,2");
  command->add_option("--set", request->assignments, "Fields of the experiment to change first")
      ->type_name("FIELD=VALUE");
  command->add_option("--device", request->device, "cpu, cuda or cuda:N; overrules the experiment's")
      ->type_name("DEVICE");
  command->add_flag("--in-turn", request->in_turn,
                    "Let all runs step in turn; without it they run one after another");
  command->add_option("--out", request->out, "Folder for the runs; without it runs/NAME-DATE-TIME")
      ->type_name("DIR");
  command->add_flag("--json", request->json, "Print the results as a JSON list, an object a run");
  command->add_flag("--markdown", request->markdown, "Print the table as Markdown");
  command->footer(
      "Differences are to the first variant. A run whose numbers overflow is a finding, shown in the table; "
      "the exit code is 1 when a run could not work for another reason, or when all failed.");
  command->callback([request, &exit_code] { exit_code = compare(*request); });
}

}  // namespace halfwave::cli
