#pragma once

#include "core/training/events.h"

#include <QString>

#include <cstdint>

namespace halfwave::lab {

/// How far a run is, how fast it goes and when it will end, from its events.
class RunProgress {
 public:
  void start(int epochs);
  void add(const StepEvent& event);
  void add(const EpochEvent& event);

  int epochs() const { return epochs_; }
  int finished_epochs() const { return finished_epochs_; }
  int epoch() const { return epoch_; }  ///< from 0
  int step_in_epoch() const { return step_in_epoch_; }
  int steps_per_epoch() const { return steps_per_epoch_; }
  double fraction() const;          ///< in [0, 1]
  double steps_per_second() const;  ///< 0 while unknown
  double seconds_left() const;      ///< evaluation included; negative while unknown
  std::int64_t steps() const { return steps_; }

 private:
  int epochs_ = 0;
  int epoch_ = 0;
  int finished_epochs_ = 0;
  int step_in_epoch_ = 0;
  int steps_per_epoch_ = 0;
  std::int64_t steps_ = 0;
  double step_seconds_ = 0.0;   // smoothed
  double epoch_seconds_ = 0.0;  // of the last epoch that was finished
};

/// `42 s`, `3 min 20 s`, `1 h 5 min`; a dash for a negative number.
QString duration_text(double seconds);
/// `1.5 MiB`.
QString bytes_text(std::int64_t bytes);

}  // namespace halfwave::lab
