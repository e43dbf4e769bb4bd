// What a run tells: its states, and pictures of where it is.

#include "core/device/memory_meter.h"
#include "core/error.h"
#include "core/training/training_run.h"

namespace halfwave {

MemoryReport TrainingRun::own_memory() const {
  return seat_.own(memory_report());
}

void TrainingRun::set_state(RunState state, const std::string& message,
                            const std::optional<NonFinite>& where) {
  result_.state = state;
  result_.message = message;
  result_.non_finite = where;
  result_.epochs = position_.epoch;
  result_.seconds = stopwatch_.seconds();
  result_.step_seconds = step_times_.median();
  memory_.merge_peak(own_memory());
  result_.memory = memory_;
  state_ = state;
  const StateEvent event{state, message, where, position_.epoch};
  try {
    recorder_.state(event, result_.memory);
  } catch (const RunError&) {
    // A failure is told even if it cannot be recorded; any other state that cannot be recorded is a failure.
    if (state != RunState::failed) throw;
  }
  observer_.on_state(event);
}

void TrainingRun::snapshot(bool even_if_early) {
  const double begin = steady_seconds();
  if (data_.tests.empty() || options_.max_snapshots_per_second <= 0.0) return;
  if (!even_if_early && !seat_.snapshot_at(position_.step, snapshots_.due(begin))) return;
  SnapshotEvent event =
      make_snapshot(learner_->op(), learner_->normalizers(), data_.tests.front(), options_.snapshot_sample);
  event.epoch = std::min(position_.epoch, experiment_.training.epochs - 1);
  event.step = position_.step;
  const SpectrumEvent spectrum = make_spectrum(event);
  snapshots_.done(begin, steady_seconds() - begin);
  recorder_.snapshot(event);
  observer_.on_snapshot(event);
  observer_.on_spectrum(spectrum);
}

}  // namespace halfwave
