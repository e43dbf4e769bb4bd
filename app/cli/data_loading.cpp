#include "app/cli/data_loading.h"

#include "datasets/load.h"

#include <cmath>
#include <memory>

namespace halfwave::cli {

datasets::Progress console_progress(Console& console, const std::atomic<bool>& cancel) {
  return {[&console, told = std::make_shared<bool>(false)](double fraction, const std::string& what) {
            // Where there is no bar, one line says why nothing else is seen for a while.
            if (!console.is_terminal() && !*told && fraction < 1.0) console.line("Preparing the data ...");
            *told = true;
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
