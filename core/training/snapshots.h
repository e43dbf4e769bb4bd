#pragma once

#include "core/data/dataset.h"
#include "core/data/normalizer.h"
#include "core/operators/operator.h"
#include "core/training/events.h"

#include <limits>

namespace halfwave {

/// Says when something that costs time may be done again: at most so many times a second, and never more than
/// a share of all time. Times are in seconds on any one clock.
class Throttle {
 public:
  explicit Throttle(double per_second, double share = 1.0) : per_second_(per_second), share_(share) {}

  bool due(double now) const { return per_second_ > 0.0 && now >= next_; }
  /// Begun at `begin`, it took `cost`.
  void done(double begin, double cost) { next_ = begin + std::max(1.0 / per_second_, cost / share_); }

 private:
  double per_second_;
  double share_;
  double next_ = -std::numeric_limits<double>::infinity();
};

/// The first channels of one test sample and of the operator's answer to it, in the data's own units.
SnapshotEvent make_snapshot(Operator& op, const Normalizers& normalizers, const TestSet& test, int sample);

/// The radial spectra of a snapshot's truth and prediction.
SpectrumEvent make_spectrum(const SnapshotEvent& snapshot);

}  // namespace halfwave
