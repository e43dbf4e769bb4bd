#pragma once

#include "app/cli/console.h"
#include "core/training/events.h"

#include <chrono>
#include <cstdint>

namespace halfwave::cli {

/// Tells a person how training goes: a bar with rate, remaining time and loss on a terminal, and one line an
/// epoch everywhere.
class TrainingProgress final : public Observer {
 public:
  TrainingProgress(Console& console, int epochs, int batch_size)
      : console_(console), epochs_(epochs), batch_size_(batch_size) {}

  void on_state(const StateEvent& event) override;
  void on_step(const StepEvent& event) override;
  void on_epoch(const EpochEvent& event) override;
  void on_policy(const PolicyEvent& event) override;

 private:
  Console& console_;
  int epochs_;
  int batch_size_;
  std::int64_t first_step_ = -1;
  std::chrono::steady_clock::time_point begin_;
};

}  // namespace halfwave::cli
