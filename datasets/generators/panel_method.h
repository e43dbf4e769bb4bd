#pragma once

#include <array>
#include <vector>

namespace halfwave::datasets {

using Point = std::array<double, 3>;

/// A closed surface of triangles whose corners turn left when seen from outside.
struct Surface {
  std::vector<Point> points;
  std::vector<std::array<int, 3>> triangles;
};

/// Flow along a surface, one value a triangle, at its centre.
struct SurfaceFlow {
  std::vector<Point> velocity;
  std::vector<double> pressure;  ///< coefficient, 1 − |v|²/|wind|²
};

/// Potential flow around a closed body by a source panel method (Hess, Smith 1967): a constant source
/// strength on each triangle such that no air passes through its centre. With `ground` the plane z = 0 is a
/// wall, which the body must be above. Cost: the cube of the number of triangles. Throws RequestError for a
/// surface that is not closed or has a triangle without area, RunError when the system has no solution.
SurfaceFlow flow_around(const Surface& surface, const Point& wind, bool ground = false);

/// An ellipsoid with half axes a, b, c along x, y, z around `centre`; `stations` × `around` quadrangles of
/// two triangles, of which those at the two ends are one.
Surface ellipsoid(const Point& half_axes, const Point& centre, int stations, int around);

/// Throws RequestError unless every edge belongs to two triangles that turn opposite ways along it.
void check_closed(const Surface& surface);

}  // namespace halfwave::datasets
