#include "core/training/snapshots.h"

#include "core/analysis/radial_spectrum.h"
#include "core/data/field_of.h"
#include "core/training/evaluate.h"

namespace halfwave {

SnapshotEvent make_snapshot(Operator& op, const Normalizers& normalizers, const TestSet& test, int sample) {
  SnapshotEvent event;
  event.sample = sample;
  event.test_set = test.label;
  event.input = field_of(test.data.x, sample);
  event.truth = field_of(test.data.y, sample);
  event.prediction = field_of(predict(op, normalizers, test.data.x.narrow(0, sample, 1)), 0);
  return event;
}

SpectrumEvent make_spectrum(const SnapshotEvent& snapshot) {
  SpectrumEvent event;
  event.step = snapshot.step;
  RadialSpectrum truth = radial_spectrum(snapshot.truth);
  event.wavenumber = std::move(truth.wavenumber);
  event.truth = std::move(truth.power);
  event.prediction = radial_spectrum(snapshot.prediction).power;
  return event;
}

}  // namespace halfwave
