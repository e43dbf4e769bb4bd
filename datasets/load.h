#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "core/data/dataset.h"
#include "core/error.h"
#include "core/experiment/experiment.h"

namespace halfwave::datasets {

/// How long work tells of itself and is cancelled. Both members may be empty. `report` is called from the
/// working thread with a fraction in [0, 1].
struct Progress {
  std::function<void(double fraction, const std::string& what)> report;
  const std::atomic<bool>* cancel = nullptr;
};

/// Thrown when `Progress::cancel` was set.
class Cancelled : public Error {
 public:
  Cancelled() : Error("The work was cancelled.") {}
};

/// Reads or generates what a spec asks for. Generated data is found again in the user's cache folder.
/// Throws FieldError (path `dataset.…`) or RequestError for what does not fit, RunError when work fails.
DataBundle load(const DatasetSpec& spec, const Progress& progress = {});

}  // namespace halfwave::datasets
