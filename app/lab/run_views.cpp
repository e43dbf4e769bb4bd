#include "app/lab/run_views.h"

#include "app/lab/policy_text.h"
#include "app/lab/status_strip.h"
#include "app/lab/views.h"
#include "core/training/run_folder.h"
#include "widgets/curve_plot.h"
#include "widgets/field_panel.h"
#include "widgets/memory_plot.h"
#include "widgets/policy_text.h"
#include "widgets/range_plot.h"
#include "widgets/schedule_bar.h"
#include "widgets/spectrum_plot.h"

#include <QCoreApplication>

namespace halfwave::lab {

void RunViews::show_schedule(const Experiment& experiment) {
  const auto& spec = experiment.precision;
  views_.curves->schedule_bar()->set_schedule(spec.schedule, {1.0, spec.policy, spec.overrides},
                                              experiment.training.epochs);
}

void RunViews::plan(const Experiment& experiment) {
  if (progress_.epochs() == 0) show_schedule(experiment);
}

void RunViews::begin(const Experiment& experiment) {
  progress_.start(experiment.training.epochs);
  views_.curves->clear();
  views_.spectrum->clear();
  views_.memory->clear();
  views_.range->clear();
  strip_.set_peak(0);
  policy_ = first_policy(experiment);
  base_ = phase_preset(experiment.precision, 0);
  go_on(experiment);
}

void RunViews::go_on(const Experiment& experiment) {
  progress_.start(experiment.training.epochs);
  experiment_ = experiment;
  if (base_.empty()) base_ = phase_preset(experiment.precision, 0);
  views_.range->set_layer_count(experiment.op.layers + 2);
  show_schedule(experiment);
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
  for (const PolicyEvent& event : batch.policies) mark(event, progress_.steps_per_epoch());
  if (batch.memory) {
    views_.memory->add(*batch.memory);
    strip_.set_peak(batch.memory->report.peak_total);
  }
  if (batch.spectrum) views_.spectrum->set_spectrum(*batch.spectrum);
  if (batch.range) views_.range->add(*batch.range);
  if (batch.snapshot) views_.fields->set_snapshot(*batch.snapshot);
  if (!batch.steps.empty() || !batch.epochs.empty()) strip_.set_progress(progress_);
}

void RunViews::show_recorded(const RunRecord& record, const std::optional<SpectrumEvent>& spectrum) {
  begin(record.experiment);
  views_.curves->set_steps_per_epoch(record.steps_per_epoch);
  for (const EpochEvent& event : record.epochs) {
    progress_.add(event);
    views_.curves->add_epoch(event);
  }
  for (const PolicyEvent& event : record.policies) mark(event, record.steps_per_epoch);
  for (const MemoryEvent& event : record.memory_curve) views_.memory->add(event);
  if (spectrum) views_.spectrum->set_spectrum(*spectrum);
  if (record.range) views_.range->add(*record.range);
}

/// `mixed, edited`: as the phase that begins, or by the preset that it is or was edited from.
QString RunViews::label_of(const PolicyEvent& event) {
  const PrecisionSpec& spec = experiment_.precision;
  if (event.by_schedule && !spec.schedule.empty()) {
    const auto& phase = spec.schedule[phase_at(spec.schedule, event.epoch, experiment_.training.epochs)];
    base_ = phase.preset;
    return widgets::phase_label(phase);
  }
  const bool is_preset = event.policy.name != "custom";
  if (is_preset) base_ = event.policy.name;
  return widgets::phase_label(base_, !is_preset);
}

void RunViews::mark(const PolicyEvent& event, int steps_per_epoch) {
  const widgets::PolicyChange change = widgets::describe_change(policy_, event.policy);
  policy_ = event.policy;
  const QString label = label_of(event);
  strip_.set_policy(label);
  if (change.cells == 0) return;  // what the run began with, or a phase like the one before
  const double position = steps_per_epoch > 0 && !event.by_schedule
                              ? static_cast<double>(event.step) / steps_per_epoch
                              : event.epoch;
  const auto tr = [](const char* text) { return QCoreApplication::translate("RunViews", text); };
  const QString text = event.by_schedule ? tr("%1 (schedule)").arg(label) : change.brief;
  const QString full = (event.by_schedule ? tr("step %1, by the schedule:\n%2") : tr("step %1, by hand:\n%2"))
                           .arg(event.step + 1)
                           .arg(change.full);
  views_.curves->add_mark(position, text, full);
  views_.memory->add_mark(event.step, text, full);
  if (!event.by_schedule) views_.curves->schedule_bar()->add_edit(position, text, full);
}

}  // namespace halfwave::lab
