#include "app/lab/run_views.h"

#include "app/lab/status_strip.h"
#include "app/lab/views.h"
#include "widgets/curve_plot.h"
#include "widgets/field_panel.h"
#include "widgets/memory_plot.h"
#include "widgets/spectrum_plot.h"

#include <QCoreApplication>

namespace halfwave::lab {

void RunViews::begin(int epochs) {
  progress_.start(epochs);
  views_.curves->clear();
  views_.spectrum->clear();
  views_.memory->clear();
  strip_.set_peak(0);
}

void RunViews::go_on(int epochs) {
  progress_.start(epochs);
}

void RunViews::show(const EventBatch& batch) {
  for (const StepEvent& event : batch.steps) {
    progress_.add(event);
    views_.curves->add_step(event);
  }
  for (const EpochEvent& event : batch.epochs) {
    progress_.add(event);
    views_.curves->add_epoch(event);
  }
  for (const PolicyEvent& event : batch.policies) mark(event);
  if (batch.memory) {
    views_.memory->add(*batch.memory);
    strip_.set_peak(batch.memory->report.peak_total);
  }
  if (batch.spectrum) views_.spectrum->set_spectrum(*batch.spectrum);
  if (batch.snapshot) views_.fields->set_snapshot(*batch.snapshot);
  if (!batch.steps.empty() || !batch.epochs.empty()) strip_.set_progress(progress_);
}

void RunViews::show_recorded(int epochs, const std::vector<EpochEvent>& events,
                             const std::optional<SpectrumEvent>& spectrum) {
  begin(epochs);
  for (const EpochEvent& event : events) {
    progress_.add(event);
    views_.curves->add_epoch(event);
  }
  if (spectrum) views_.spectrum->set_spectrum(*spectrum);
}

void RunViews::mark(const PolicyEvent& event) {
  strip_.set_policy(QString::fromStdString(event.policy.name));
  if (event.step == 0) return;  // what the run began with is no change
  const int steps = progress_.steps_per_epoch();
  const double position = steps > 0 ? static_cast<double>(event.step) / steps : event.epoch;
  const QString text = QString::fromStdString(event.policy.name);
  views_.curves->add_mark(position, event.by_schedule
                                        ? QCoreApplication::translate("RunViews", "%1 (schedule)").arg(text)
                                        : text);
}

}  // namespace halfwave::lab
