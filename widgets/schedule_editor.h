#pragma once

#include "core/precision/schedule.h"

#include <QWidget>

#include <memory>
#include <string>
#include <vector>

namespace halfwave::widgets {

/// A list of phases, each a share of the epochs and a policy, with a bar over it whose edges can be dragged.
/// No phase at all means one policy throughout. Cells that a phase has of its own are kept until another
/// policy is chosen for it.
class ScheduleEditor : public QWidget {
  Q_OBJECT

 public:
  explicit ScheduleEditor(QWidget* parent = nullptr);
  ~ScheduleEditor() override;

  /// Shows a schedule; emits nothing. The selected phase stays selected if there still is one of its number.
  void set_schedule(const std::vector<SchedulePhase>& phases);
  const std::vector<SchedulePhase>& schedule() const;
  void set_epochs(int epochs);
  /// What a schedule begins with when there was none.
  void set_constant(const std::string& preset, const std::vector<PolicyOverride>& overrides);

  /// The phase whose policy is shown elsewhere; 0 when there is no schedule.
  int selected() const;
  /// Selects without telling.
  void select(int phase);
  /// False while a share cannot be read.
  bool is_valid() const;
  /// Phases can be selected but not edited.
  void set_read_only(bool read_only);

 Q_SIGNALS:
  void edited();
  void phase_selected(int phase);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace halfwave::widgets
