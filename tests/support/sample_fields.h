#pragma once

#include "core/training/events.h"

#include <cmath>
#include <numbers>

/// Smooth and two-valued fields for tests of views.
namespace halfwave::test {

/// Fills a field of `shape` with f(x, y), x along columns and y along rows, at cell centres of the unit
/// square. A first of three axes adds its index to f.
template <typename Function>
Field make_field(std::vector<int> shape, Function f) {
  Field field{std::move(shape), {}};
  const std::size_t axes = field.shape.size();
  const int columns = field.shape.back();
  const int rows = axes > 1 ? field.shape[axes - 2] : 1;
  const int depth = axes > 2 ? field.shape[0] : 1;
  for (int k = 0; k < depth; ++k)
    for (int i = 0; i < rows; ++i)
      for (int j = 0; j < columns; ++j)
        field.values.push_back(static_cast<float>(k + f((j + 0.5) / columns, (i + 0.5) / rows)));
  return field;
}

inline double wave(double x, double y, double phase = 0.0) {
  using std::numbers::pi;
  return std::sin(pi * x) * std::sin(pi * y) * (1.0 + 0.3 * std::sin(5 * x + 3 * y + phase));
}

/// A snapshot that looks like Darcy flow: a coefficient of 3 and 12, a smooth solution, a prediction near it.
inline SnapshotEvent darcy_like(std::vector<int> shape, double error = 0.06) {
  SnapshotEvent s;
  s.epoch = 11;
  s.step = 384;
  s.sample = 3;
  s.test_set = std::to_string(shape.back());
  s.input = make_field(shape, [](double x, double y) {
    return std::sin(9 * x + 2 * y) + std::cos(7 * y - 3 * x) > 0.2 ? 12.0 : 3.0;
  });
  s.truth = make_field(shape, [](double x, double y) { return 0.011 * wave(x, y); });
  s.prediction = make_field(shape, [error](double x, double y) {
    return 0.011 * wave(x, y) * (1.0 + error * std::sin(17 * x) * std::cos(11 * y));
  });
  return s;
}

}  // namespace halfwave::test
