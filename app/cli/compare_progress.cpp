#include "app/cli/compare_progress.h"

#include <algorithm>

namespace halfwave::cli {

void CompareProgress::on_state(const StateEvent& event) {
  if (event.state != RunState::finished && event.state != RunState::stopped &&
      event.state != RunState::failed)
    return;
  std::string text = name_ + ": " + halfwave::name(event.state);
  for (const auto& [label, metrics] : evaluated_.metrics)
    text += "  | " + label + ": L2 " + number(metrics.l2) + " H1 " + number(metrics.h1);
  if (evaluated_.total_seconds > 0.0) text += "  | " + duration(evaluated_.total_seconds);
  if (!event.message.empty()) text += "  | " + event.message;
  console_.line(text);
}

void CompareProgress::on_step(const StepEvent& event) {
  if (!console_.is_terminal()) return;
  const double all = static_cast<double>(std::max(1, epochs_ * event.steps_per_epoch));
  console_.status(bar(static_cast<double>(event.step + 1) / all, 24) + " " + name_ + "  epoch " +
                  std::to_string(event.epoch + 1) + "/" + std::to_string(epochs_) + "  loss " +
                  number(event.loss));
}

void CompareProgress::on_epoch(const EpochEvent& event) {
  if (!event.metrics.empty()) evaluated_ = event;
}

}  // namespace halfwave::cli
