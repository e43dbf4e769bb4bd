#pragma once

#include "datasets/generators/panel_method.h"

#include <functional>

namespace halfwave::datasets {

/// The surface swept by rings around the x axis: `place(along, turn)` gives a point, `along` from 0 (the end
/// that is first met by wind along x) to 1, `turn` from 0 to 2π leftwards about x; both ends are one point.
Surface surface_of_rings(int stations, int around,
                         const std::function<Point(double along, double turn)>& place);

/// A smooth body like a car: a box with rounded sections and ends, and a cabin on it. Lengths in units of its
/// own length; x from −½ (front) to ½, y to the left, z up, the ground at z = 0.
struct CarShape {
  double width = 0.4;
  double height = 0.18;        ///< of the body without cabin
  double clearance = 0.06;     ///< of the ground
  double cabin_height = 0.12;  ///< above the body
  double cabin_centre = 0.05;  ///< along x
  double cabin_length = 0.3;   ///< between its windscreen and its rear window, at a third of its height
  double roundness = 3.0;      ///< exponent of the cross section: 2 is an ellipse, more is boxier
};

Surface car_surface(const CarShape& shape, int stations, int around);

}  // namespace halfwave::datasets
