#include "datasets/generators/body_surface.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace halfwave::datasets {
namespace {

/// x^p with the sign of x.
double power(double x, double p) {
  return std::copysign(std::pow(std::abs(x), p), x);
}

}  // namespace

Surface surface_of_rings(int stations, int around,
                         const std::function<Point(double along, double turn)>& place) {
  Surface surface;
  surface.points.push_back(place(0.0, 0.0));
  for (int i = 1; i < stations; ++i)
    for (int j = 0; j < around; ++j)
      surface.points.push_back(place(static_cast<double>(i) / stations, 2.0 * std::numbers::pi * j / around));
  surface.points.push_back(place(1.0, 0.0));
  const int last = static_cast<int>(surface.points.size()) - 1;
  const auto ring = [&](int i, int j) { return 1 + (i - 1) * around + j % around; };
  for (int j = 0; j < around; ++j) {
    surface.triangles.push_back({0, ring(1, j + 1), ring(1, j)});
    for (int i = 1; i + 1 < stations; ++i) {
      // The diagonal alternates, so that no direction is preferred.
      const int a = ring(i, j), b = ring(i, j + 1), c = ring(i + 1, j + 1), d = ring(i + 1, j);
      if ((i + j) % 2 == 0) {
        surface.triangles.push_back({a, b, c});
        surface.triangles.push_back({a, c, d});
      } else {
        surface.triangles.push_back({a, b, d});
        surface.triangles.push_back({b, c, d});
      }
    }
    surface.triangles.push_back({last, ring(stations - 1, j), ring(stations - 1, j + 1)});
  }
  return surface;
}

Surface car_surface(const CarShape& shape, int stations, int around) {
  const double exponent = 2.0 / shape.roundness;
  return surface_of_rings(stations, around, [&](double along, double turn) -> Point {
    const double x = -0.5 * std::cos(std::numbers::pi * along);
    // The ends close like a superellipse, too.
    const double end =
        std::pow(std::max(0.0, 1.0 - std::pow(std::abs(2.0 * x), shape.roundness)), 1.0 / shape.roundness);
    const double from_cabin = (x - shape.cabin_centre) / (0.5 * shape.cabin_length);
    const double cabin = shape.cabin_height * std::exp(-std::pow(from_cabin, 4.0)) * end;
    const double up = power(std::sin(turn), exponent), side = power(std::cos(turn), exponent);
    const double middle = shape.clearance + 0.5 * shape.height;
    // The cabin lifts the upper half and draws its sides in.
    const double raised = up > 0.0 ? cabin * up * up : 0.0;
    const double narrowed =
        1.0 - (up > 0.0 ? 0.25 * cabin / std::max(shape.cabin_height, 1e-9) * up * up : 0.0);
    return {x, 0.5 * shape.width * end * side * narrowed, middle + 0.5 * shape.height * end * up + raised};
  });
}

}  // namespace halfwave::datasets
