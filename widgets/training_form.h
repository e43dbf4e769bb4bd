#pragma once

#include "core/device/device.h"
#include "core/experiment/experiment.h"
#include "core/experiment/experiment_io.h"

#include <QWidget>

#include <memory>
#include <vector>

namespace halfwave::widgets {

class ScheduleEditor;

/// How to train: the training spec, seed, device, loss scaling, the precision schedule and what a recorded
/// run was changed by hand while it went on.
class TrainingForm : public QWidget {
  Q_OBJECT

 public:
  explicit TrainingForm(QWidget* parent = nullptr);
  ~TrainingForm() override;

  /// Shows the fields this form owns; emits nothing.
  void set_experiment(const Experiment& experiment);
  /// Writes the fields this form owns: `training.*`, `seed`, `device`, `precision.loss_scaling`,
  /// `precision.loss_scale`, `precision.range_every`, `precision.schedule`, `precision.edits`.
  void apply_to(Experiment& experiment) const;
  /// Devices to choose from; those that are not available are shown disabled, with the reason.
  void set_devices(const std::vector<DeviceInfo>& devices);

  /// Marks the fields that are wrong. Takes the whole experiment's list; other fields' entries are ignored.
  void set_problems(const std::vector<FieldProblem>& problems);
  /// False while a field of this form has a problem or cannot be read.
  bool is_valid() const;
  /// Fields can be looked at but not edited (during a run).
  void set_read_only(bool read_only);
  ScheduleEditor* schedule() const;

 Q_SIGNALS:
  /// A person changed something. The receiver calls apply_to, checks the experiment and calls set_problems.
  void edited();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace halfwave::widgets
