#include "app/cli/training_progress.h"

#include <algorithm>

namespace halfwave::cli {

void TrainingProgress::on_state(const StateEvent& event) {
  if (event.state == RunState::stopped || event.state == RunState::failed) {
    console_.clear();
    if (!event.message.empty()) console_.line(event.message);
  }
}

void TrainingProgress::on_step(const StepEvent& event) {
  if (!console_.is_terminal()) return;
  const auto now = std::chrono::steady_clock::now();
  if (first_step_ < 0) {
    // The step that is told of is over; the rate counts from its end.
    first_step_ = event.step + 1;
    begin_ = now;
  }
  const double elapsed = std::chrono::duration<double>(now - begin_).count();
  const auto done = event.step + 1 - first_step_;
  const auto all = static_cast<std::int64_t>(epochs_) * event.steps_per_epoch;
  const double fraction =
      static_cast<double>(event.step + 1) / static_cast<double>(std::max<std::int64_t>(all, 1));
  std::string text = bar(fraction, 24) + " epoch " + std::to_string(event.epoch + 1) + "/" +
                     std::to_string(epochs_) + "  loss " + number(event.loss);
  if (done > 0 && elapsed > 0.0) {
    const double rate = static_cast<double>(done) / elapsed;
    text += "  " + number(rate * batch_size_) + " samples/s  ETA " +
            duration(static_cast<double>(std::max<std::int64_t>(all - event.step - 1, 0)) / rate);
  }
  if (event.skipped) text += "  (step skipped: gradients overflowed)";
  console_.status(text);
}

void TrainingProgress::on_epoch(const EpochEvent& event) {
  std::string text = "epoch " + std::to_string(event.epoch + 1) + "/" + std::to_string(event.epochs) +
                     "  loss " + number(event.train_loss);
  for (const auto& [label, metrics] : event.metrics)
    text += "  | " + label + ": L2 " + number(metrics.l2) + " H1 " + number(metrics.h1);
  console_.line(text + "  | " + duration(event.seconds));
}

void TrainingProgress::on_policy(const PolicyEvent& event) {
  if (event.by_schedule)
    console_.line("epoch " + std::to_string(event.epoch + 1) + ": the schedule's policy is now " +
                  event.policy.name);
  else
    console_.line("step " + std::to_string(event.step + 1) + ": the policy was edited");
}

}  // namespace halfwave::cli
