#pragma once

#include "app/cli/console.h"
#include "core/training/events.h"

#include <string>

namespace halfwave::cli {

/// Tells how one run of a comparison goes: a bar on a terminal, and a line when it begins its last state.
class CompareProgress final : public Observer {
 public:
  /// `place` is the run's number from 1, of `all`.
  CompareProgress(Console& console, std::string name, std::size_t place, std::size_t all, int epochs)
      : console_(console),
        name_("[" + std::to_string(place) + "/" + std::to_string(all) + "] " + std::move(name)),
        epochs_(epochs) {}

  void on_state(const StateEvent& event) override;
  void on_step(const StepEvent& event) override;
  void on_epoch(const EpochEvent& event) override;

 private:
  Console& console_;
  std::string name_;
  int epochs_;
  EpochEvent evaluated_;  ///< the last epoch with metrics
};

}  // namespace halfwave::cli
