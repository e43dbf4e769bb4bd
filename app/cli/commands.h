#pragma once

#include "core/experiment/dataset_map.h"

#include <CLI/CLI.hpp>

namespace halfwave::cli {

// Each adds one subcommand. Its work runs while the command line is parsed and leaves the program's exit code
// in `exit_code`; what it throws goes through to main.
void add_train(CLI::App& app, int& exit_code);
void add_evaluate(CLI::App& app, int& exit_code);
void add_compare(CLI::App& app, int& exit_code);
void add_dataset_generate(CLI::App& dataset, int& exit_code);
void add_dataset_info(CLI::App& dataset, int& exit_code);
void add_dataset_convert(CLI::App& dataset, int& exit_code);
void add_bench(CLI::App& app, int& exit_code);
void add_doctor(CLI::App& app, int& exit_code);

/// What --map says. Throws RequestError.
DatasetMap map_option(const std::string& text);
inline constexpr const char* map_help =
    "Which arrays are inputs and targets and what their axes are, as in "
    "x=coeff,y=sol,layout=NHW,subsample=4; "
    "guessed where it is not given";

}  // namespace halfwave::cli
