#include "app/cli/commands.h"
#include "app/cli/data_loading.h"
#include "app/cli/experiment_options.h"
#include "app/cli/interrupt.h"
#include "app/cli/result_output.h"
#include "app/cli/run_path.h"
#include "app/cli/startup.h"
#include "app/cli/training_progress.h"
#include "core/device/device.h"
#include "core/error.h"
#include "core/experiment/experiment_io.h"
#include "core/training/run_folder.h"

#include <iostream>

namespace halfwave::cli {
namespace {

struct Request {
  std::string experiment;
  std::vector<std::string> assignments;
  std::string policy;
  std::string device;
  std::string out;
  bool resume = false;
  bool json = false;
};

Experiment requested_experiment(Request& request) {
  find_positional(request.experiment, request.assignments);
  if (request.resume && request.out.empty())
    throw RequestError("--resume needs --out DIR, the run folder to go on with");
  if (request.experiment.empty() && !request.resume)
    throw RequestError("train needs an experiment: a JSON file, or a shipped preset such as darcy-quick");
  if (request.resume && !is_run_folder(request.out))
    throw RequestError(request.out + " holds no run to resume; leave --resume out to begin one there");
  Experiment experiment = load_experiment(
      request.experiment.empty() ? (std::filesystem::path(request.out) / run_file::experiment).string()
                                 : request.experiment);
  apply_options(experiment, request.assignments, request.policy);
  if (!request.device.empty()) experiment.device = request.device;
  validate(experiment);
  return experiment;
}

int train(Request request) {
  prepare_library();
  const Experiment experiment = requested_experiment(request);
  require_device(experiment.device);
  const std::filesystem::path folder =
      request.out.empty() ? new_run_folder(experiment.name) : std::filesystem::path(request.out);
  if (!request.resume) check_new_run_folder(folder);

  const Interrupt interrupt;
  Console console;
  DataBundle data;
  try {
    data = load_data(experiment, console, interrupt.flag());
  } catch (const datasets::Cancelled&) {
    console.line("Stopped before training began.");
    return interrupt.exit_code();
  }
  TrainingProgress progress(console, experiment.training.epochs, experiment.training.batch_size);
  TrainerOptions options;
  options.run_folder = folder;
  options.resume = request.resume;
  // Pictures are for those who watch the folder; more would only cost time.
  options.max_snapshots_per_second = 0.5;
  Trainer trainer(experiment, data, progress, options);
  console.line("Run folder: " + folder.string());
  RunResult result;
  {
    const OnInterrupt stop(interrupt, [&] { trainer.stop(); });
    result = trainer.run();
  }
  console.clear();
  if (request.json)
    print_json(std::cout, result_to_json(result, folder));
  else
    print_result(std::cout, result, folder);
  if (result.state == RunState::failed) return 1;
  return result.state == RunState::stopped ? interrupt.exit_code() : 0;
}

}  // namespace

void add_train(CLI::App& app, int& exit_code) {
  auto request = std::make_shared<Request>();
  CLI::App* command = app.add_subcommand("train", "Train an operator as an experiment describes");
  command->add_option(
      "EXPERIMENT", request->experiment,
      "JSON file or shipped preset (darcy-quick, darcy-example); may be left out with --resume");
  command->add_option("--set", request->assignments, "Fields to change first: training.epochs=5 ...")
      ->type_name("FIELD=VALUE");
  command
      ->add_option("--policy", request->policy,
                   "A preset, the file of a policy table, or schedule for the paper's; overrules the "
                   "experiment's policy and schedule")
      ->type_name("PRESET|FILE");
  command->add_option("--device", request->device, "cpu, cuda or cuda:N; overrules the experiment's")
      ->type_name("DEVICE");
  command->add_option("--out", request->out, "Run folder; without it runs/NAME-DATE-TIME")->type_name("DIR");
  command->add_flag("--resume", request->resume, "Go on from the checkpoint in --out");
  command->add_flag("--json", request->json, "Print the result as one JSON object");
  command->footer(
      "Ctrl-C stops after the step in progress and writes a checkpoint; pressed again it ends at once.");
  command->callback([request, &exit_code] { exit_code = train(*request); });
}

}  // namespace halfwave::cli
