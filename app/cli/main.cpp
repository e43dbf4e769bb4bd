#include "app/cli/commands.h"
#include "app/cli/version.h"
#include "core/device/patient_threads.h"
#include "core/error.h"
#include "core/experiment/nearest_name.h"
#include "core/words.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <cstdio>
#include <iostream>

namespace {

using namespace halfwave;

constexpr int failed = 1;
constexpr int wrong_request = 2;

int complain(const std::string& sentence, int code) {
  std::cerr << "halfwave: " << sentence << '\n';
  return code;
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(command->get_name());
  return names;
}

/// CLI11 speaks of an unexpected argument where a command is misspelt; this names the commands instead.
void check_command(const CLI::App& app, const std::string& said, int argc, char** argv, int at) {
  const auto names = command_names(app);
  if (at >= argc) throw RequestError(said + " needs a command: " + listed(names));
  const std::string given = argv[at];
  if (given.empty() || given.front() == '-') return;
  if (std::find(names.begin(), names.end(), given) == names.end())
    throw RequestError("there is no command \"" + given + "\"; the nearest is " + nearest_name(given, names) +
                       " (" + said + " has " + listed(names) + ")");
}

int run(int argc, char** argv) {
  int exit_code = 0;
  CLI::App app("Trains, evaluates and checks mixed-precision Fourier neural operators.", "halfwave");
  app.require_subcommand(1);
  app.set_version_flag("--version",
                       "halfwave " + cli::halfwave_version() + "\nLibTorch " + cli::libtorch_version());
  app.footer("Exit codes: 0 done, 1 failed while running, 2 the request was wrong, 130 stopped by Ctrl-C.");
  cli::add_train(app, exit_code);
  cli::add_evaluate(app, exit_code);
  cli::add_compare(app, exit_code);
  CLI::App* dataset = app.add_subcommand("dataset", "Generate a dataset, look into one or convert it");
  dataset->require_subcommand(1);
  cli::add_dataset_generate(*dataset, exit_code);
  cli::add_dataset_info(*dataset, exit_code);
  cli::add_dataset_convert(*dataset, exit_code);
  cli::add_bench(app, exit_code);
  cli::add_doctor(app, exit_code);

  check_command(app, "halfwave", argc, argv, 1);
  if (argc > 1 && std::string(argv[1]) == "dataset")
    check_command(*dataset, "halfwave dataset", argc, argv, 2);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& done) {
    return app.exit(done);  // --help and --version
  } catch (const CLI::ParseError& error) {
    std::string sentence = error.what();
    std::replace(sentence.begin(), sentence.end(), '\n', ' ');
    return complain(sentence + " (--help lists what there is)", wrong_request);
  }
  std::cout.flush();
  if (!std::cout || std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
    return complain("the standard output could not be written", failed);
  return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  restart_with_patient_threads(argv);
  try {
    return run(argc, argv);
  } catch (const RequestError& error) {
    return complain(error.what(), wrong_request);
  } catch (const std::bad_alloc&) {
    return complain("there was not enough memory; a smaller batch, width or grid needs less", failed);
  } catch (const c10::Error& error) {
    return complain(std::string("LibTorch failed: ") + error.what_without_backtrace(), failed);
  } catch (const std::exception& error) {
    return complain(error.what(), failed);
  }
}
