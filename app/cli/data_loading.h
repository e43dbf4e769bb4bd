#pragma once

#include "app/cli/console.h"
#include "core/data/dataset.h"
#include "core/experiment/experiment.h"
#include "datasets/progress.h"

#include <atomic>

namespace halfwave::cli {

/// A progress that draws on the console and is cancelled by the flag.
datasets::Progress console_progress(Console& console, const std::atomic<bool>& cancel);

/// Loads an experiment's data, telling of it on the console.
DataBundle load_data(const Experiment& experiment, Console& console, const std::atomic<bool>& cancel);

}  // namespace halfwave::cli
