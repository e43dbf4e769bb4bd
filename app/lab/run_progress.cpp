#include "app/lab/run_progress.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>

namespace halfwave::lab {

void RunProgress::start(int epochs) {
  *this = {};
  epochs_ = epochs;
}

void RunProgress::add(const StepEvent& event) {
  constexpr double newest_weight = 0.1;
  epoch_ = event.epoch;
  step_in_epoch_ = event.step_in_epoch + 1;
  steps_per_epoch_ = event.steps_per_epoch;
  steps_ = event.step + 1;
  // A resumed run begins in the middle.
  finished_epochs_ = std::max(finished_epochs_, event.epoch);
  step_seconds_ = step_seconds_ > 0.0 ? (1.0 - newest_weight) * step_seconds_ + newest_weight * event.seconds
                                      : event.seconds;
}

void RunProgress::add(const EpochEvent& event) {
  epochs_ = std::max(event.epochs, 1);
  finished_epochs_ = event.epoch + 1;
  epoch_ = event.epoch;
  epoch_seconds_ = event.seconds;
}

double RunProgress::fraction() const {
  if (epochs_ <= 0) return 0.0;
  double done = finished_epochs_;
  if (epoch_ >= finished_epochs_ && steps_per_epoch_ > 0) {
    done = epoch_ + static_cast<double>(step_in_epoch_) / steps_per_epoch_;
  }
  return std::clamp(done / epochs_, 0.0, 1.0);
}

double RunProgress::steps_per_second() const {
  return step_seconds_ > 0.0 ? 1.0 / step_seconds_ : 0.0;
}

double RunProgress::seconds_left() const {
  if (epochs_ <= 0 || steps_per_epoch_ <= 0 || step_seconds_ <= 0.0) return -1.0;
  const double epoch_time = epoch_seconds_ > 0.0 ? epoch_seconds_ : step_seconds_ * steps_per_epoch_;
  return (1.0 - fraction()) * epochs_ * epoch_time;
}

QString duration_text(double seconds) {
  if (seconds < 0.0 || !std::isfinite(seconds)) return QStringLiteral("–");
  const auto whole = static_cast<long long>(std::ceil(seconds));
  if (whole < 60) return QCoreApplication::translate("duration", "%1 s").arg(whole);
  if (whole < 3600)
    return QCoreApplication::translate("duration", "%1 min %2 s").arg(whole / 60).arg(whole % 60);
  return QCoreApplication::translate("duration", "%1 h %2 min").arg(whole / 3600).arg(whole % 3600 / 60);
}

QString bytes_text(std::int64_t bytes) {
  constexpr double kib = 1024.0;
  const double value = static_cast<double>(bytes);
  if (value < kib) return QStringLiteral("%1 B").arg(bytes);
  if (value < kib * kib) return QStringLiteral("%1 KiB").arg(value / kib, 0, 'f', 1);
  if (value < kib * kib * kib) return QStringLiteral("%1 MiB").arg(value / kib / kib, 0, 'f', 1);
  return QStringLiteral("%1 GiB").arg(value / kib / kib / kib, 0, 'f', 2);
}

}  // namespace halfwave::lab
