#include "app/cli/data_loading.h"

#include "datasets/load.h"

#include <cmath>

namespace halfwave::cli {

datasets::Progress console_progress(Console& console, const std::atomic<bool>& cancel) {
  return {[&console](double fraction, const std::string& what) {
            console.status(bar(fraction, 24) + " " + std::to_string(std::lround(100.0 * fraction)) + " %  " +
                           what);
          },
          &cancel};
}

DataBundle load_data(const Experiment& experiment, Console& console, const std::atomic<bool>& cancel) {
  DataBundle data = datasets::load(experiment.dataset, console_progress(console, cancel),
                                   static_cast<int>(experiment.op.modes.size()));
  console.clear();
  return data;
}

}  // namespace halfwave::cli
