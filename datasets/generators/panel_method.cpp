#include "datasets/generators/panel_method.h"

#include "core/error.h"
#include "datasets/generators/body_surface.h"

#define EIGEN_DONT_PARALLELIZE
#include <Eigen/Geometry>
#include <Eigen/LU>

#include <map>
#include <numbers>

namespace halfwave::datasets {
namespace {

using Vector = Eigen::Vector3d;
constexpr double pi = std::numbers::pi;

struct Panel {
  Vector corners[3], edges[3], outward[3];  ///< `outward` lies in the panel, across each edge
  double lengths[3];
  Vector centre, normal;
};

Vector vector_of(const Point& p) {
  return {p[0], p[1], p[2]};
}

Panel panel_of(const Vector& a, const Vector& b, const Vector& c) {
  Panel panel;
  panel.corners[0] = a;
  panel.corners[1] = b;
  panel.corners[2] = c;
  panel.centre = (a + b + c) / 3.0;
  const Vector cross = (b - a).cross(c - a);
  if (!(cross.norm() > 0.0)) throw RequestError("A triangle of the surface has no area.");
  panel.normal = cross.normalized();
  for (int k = 0; k < 3; ++k) {
    panel.edges[k] = panel.corners[(k + 1) % 3] - panel.corners[k];
    panel.lengths[k] = panel.edges[k].norm();
    panel.outward[k] = panel.edges[k].cross(panel.normal) / panel.lengths[k];
  }
  return panel;
}

/// Velocity at `x` of a source of strength 1 on a panel: along the panel an integral of 1/r around its edges,
/// across it the solid angle that it fills, both over 4π. `own` is the limit from outside at its own centre.
Vector influence(const Panel& panel, const Vector& x, bool own) {
  Vector r[3];
  double distance[3];
  for (int k = 0; k < 3; ++k) {
    r[k] = panel.corners[k] - x;
    distance[k] = r[k].norm();
  }
  Vector velocity = Vector::Zero();
  for (int k = 0; k < 3; ++k) {
    const double sum = distance[k] + distance[(k + 1) % 3];
    velocity += std::log((sum + panel.lengths[k]) / (sum - panel.lengths[k])) * panel.outward[k];
  }
  double angle = 2.0 * pi;
  if (!own) {
    const double volume = r[0].dot(r[1].cross(r[2]));
    const double below = distance[0] * distance[1] * distance[2] + r[0].dot(r[1]) * distance[2] +
                         r[1].dot(r[2]) * distance[0] + r[2].dot(r[0]) * distance[1];
    angle = -2.0 * std::atan2(volume, below);
  }
  return (velocity + angle * panel.normal) / (4.0 * pi);
}

Vector mirrored(const Vector& v) {
  return {v.x(), v.y(), -v.z()};
}

}  // namespace

void check_closed(const Surface& surface) {
  std::map<std::pair<int, int>, int> seen;
  const auto count = static_cast<int>(surface.points.size());
  for (const auto& triangle : surface.triangles)
    for (int k = 0; k < 3; ++k) {
      const int from = triangle[k], to = triangle[(k + 1) % 3];
      if (from < 0 || from >= count || to < 0 || to >= count)
        throw RequestError("A triangle of the surface names a point that does not exist.");
      if (++seen[{from, to}] > 1)
        throw RequestError("The surface is not closed: two triangles turn the same way along an edge.");
    }
  for (const auto& [edge, times] : seen)
    if (!seen.contains({edge.second, edge.first}))
      throw RequestError("The surface is not closed: an edge has only one triangle.");
}

SurfaceFlow flow_around(const Surface& surface, const Point& wind, bool ground) {
  check_closed(surface);
  std::vector<Panel> panels;
  for (const auto& t : surface.triangles)
    panels.push_back(panel_of(vector_of(surface.points[t[0]]), vector_of(surface.points[t[1]]),
                              vector_of(surface.points[t[2]])));
  if (panels.empty()) throw RequestError("The surface has no triangles.");
  if (ground)
    for (const Point& point : surface.points)
      if (point[2] <= 0.0) throw RequestError("A body over the ground must be above the plane z = 0.");

  const auto count = static_cast<Eigen::Index>(panels.size());
  const Vector far = vector_of(wind);
  // The mirror image of a panel has its strength; its velocity at x is the mirrored one of the panel at the
  // mirror image of x.
  const auto together = [&](Eigen::Index at, Eigen::Index of) {
    const Vector& x = panels[at].centre;
    Vector velocity = influence(panels[of], x, at == of);
    if (ground) velocity += mirrored(influence(panels[of], mirrored(x), false));
    return velocity;
  };
  Eigen::MatrixXd across(count, count), along[3];
  for (auto& part : along) part.resize(count, count);
  Eigen::VectorXd wanted(count);
  for (Eigen::Index i = 0; i < count; ++i) {
    wanted[i] = -far.dot(panels[i].normal);
    for (Eigen::Index j = 0; j < count; ++j) {
      const Vector velocity = together(i, j);
      across(i, j) = velocity.dot(panels[i].normal);
      for (int axis = 0; axis < 3; ++axis) along[axis](i, j) = velocity[axis];
    }
  }
  const Eigen::VectorXd strength = across.partialPivLu().solve(wanted);
  if (!strength.allFinite()) throw RunError("The flow around the surface could not be solved.");
  SurfaceFlow flow;
  Eigen::MatrixXd velocity(count, 3);
  for (int axis = 0; axis < 3; ++axis) velocity.col(axis) = along[axis] * strength;
  for (Eigen::Index i = 0; i < count; ++i) {
    const Vector v = far + Vector(velocity.row(i));
    flow.velocity.push_back({v.x(), v.y(), v.z()});
    flow.pressure.push_back(1.0 - v.squaredNorm() / far.squaredNorm());
  }
  return flow;
}

Surface ellipsoid(const Point& half_axes, const Point& centre, int stations, int around) {
  return surface_of_rings(stations, around, [&](double along, double turn) -> Point {
    const double x = -std::cos(pi * along), radius = std::sin(pi * along);
    return {centre[0] + half_axes[0] * x, centre[1] + half_axes[1] * radius * std::cos(turn),
            centre[2] + half_axes[2] * radius * std::sin(turn)};
  });
}

}  // namespace halfwave::datasets
