#include "app/cli/data_loading.h"

#include "datasets/load.h"

#include <cmath>
#include <memory>

namespace halfwave::cli {

datasets::Progress console_progress(Console& console, const std::atomic<bool>& cancel) {
  struct Told {
    bool begin = false, estimate = false;
  };
  return {[&console, told = std::make_shared<Told>()](double fraction, const std::string& what) {
            // Where there is no bar, one line says why nothing else is seen for a while, and one how long.
            if (!console.is_terminal() && !told->begin && fraction < 1.0)
              console.line("Preparing the data ...");
            told->begin = true;
            if (!console.is_terminal() && !told->estimate && what.ends_with(" left")) {
              console.line(what);
              told->estimate = true;
            }
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
