#pragma once

#include "app/lab/run_progress.h"
#include "core/training/events.h"

#include <QString>

class QLabel;
class QProgressBar;
class QStatusBar;

namespace halfwave::lab {

/// The status bar: state, epoch and step, progress, rate, time left, device, policy, peak memory.
class StatusStrip {
 public:
  explicit StatusStrip(QStatusBar& bar);

  void set_state(RunState state);
  void set_progress(const RunProgress& progress);
  /// Work before training, such as generating data. A fraction below 0 means that its length is unknown.
  void set_work(double fraction, const QString& what);
  void clear_progress();
  void set_device(const QString& text, const QString& tip);
  void set_policy(const QString& name);
  void set_peak(std::int64_t bytes);

 private:
  QLabel* state_;
  QLabel* position_;
  QProgressBar* bar_;
  QLabel* rate_;
  QLabel* left_;
  QLabel* policy_;
  QLabel* device_;
  QLabel* peak_;
};

/// The state as a person reads it: `ready`, `training`, …
QString state_text(RunState state);

}  // namespace halfwave::lab
