#include "widgets/field_camera.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace halfwave::widgets {
namespace {

constexpr double most_zoom = 64.0;
constexpr double radians = std::numbers::pi / 180.0;

double dot(const ScenePoint& a, const ScenePoint& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
ScenePoint cross(const ScenePoint& a, const ScenePoint& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}
ScenePoint unit(const ScenePoint& a) {
  const double length = std::sqrt(dot(a, a));
  return {a[0] / length, a[1] / length, a[2] / length};
}
// a + s b + t c
ScenePoint sum(const ScenePoint& a, double s, const ScenePoint& b, double t, const ScenePoint& c) {
  return {a[0] + s * b[0] + t * c[0], a[1] + s * b[1] + t * c[1], a[2] + s * b[2] + t * c[2]};
}

}  // namespace

FieldExtent field_extent(int rows, int columns) {
  const double longest = std::max({rows, columns, 1});
  return {std::max(columns, 1) / longest, std::max(rows, 1) / longest};
}

FieldCamera::FieldCamera() {
  reset();
}

void FieldCamera::set_mode(FieldMode mode) {
  mode_ = mode;
  apply();
}

void FieldCamera::set_extent(const FieldExtent& extent) {
  if (extent == extent_) return;
  extent_ = extent;
  reset();
}

void FieldCamera::set_aspect(double aspect) {
  aspect_ = aspect;
  apply();
}

void FieldCamera::reset() {
  image_ = {.zoom = 1.0, .centre = {extent_.width / 2, extent_.height / 2}};
  surface_ = {};
  apply();
}

void FieldCamera::zoom_by(double factor, QPointF at) {
  if (mode_ == FieldMode::surface) {
    surface_.zoom = std::clamp(surface_.zoom * factor, 0.5, most_zoom);
    apply();
    return;
  }
  const QPointF before = ray(at).at_height(0.0);
  image_.zoom = std::clamp(image_.zoom * factor, 1.0, most_zoom);
  apply();
  image_.centre += before - ray(at).at_height(0.0);
  apply();
}

void FieldCamera::pan(QPointF delta) {
  if (mode_ == FieldMode::surface)
    surface_.shift += QPointF(delta.x() / 2 * aspect_, delta.y() / 2) / surface_.zoom;
  else
    image_.centre -= QPointF(delta.x() * aspect_, delta.y()) * view_.half_height;
  apply();
}

void FieldCamera::rotate(double azimuth, double elevation) {
  surface_.azimuth = std::remainder(surface_.azimuth + azimuth, 360.0);
  surface_.elevation = std::clamp(surface_.elevation + elevation, 2.0, 89.0);
  apply();
}

void FieldCamera::apply() {
  view_.parallel = mode_ == FieldMode::image;
  if (mode_ == FieldMode::image)
    apply_image();
  else
    apply_surface();
  forward_ = unit(sum(view_.focus, -1.0, view_.eye, 0.0, {}));
  right_ = unit(cross(forward_, view_.up));
  up_ = cross(right_, forward_);
}

void FieldCamera::apply_image() {
  const double half = 0.5 * std::max(extent_.height, extent_.width / aspect_) / image_.zoom;
  // The visible part never leaves the field; where all is seen, it is centred.
  const auto keep = [](double centre, double half_seen, double size) {
    return half_seen >= size / 2 ? size / 2 : std::clamp(centre, half_seen, size - half_seen);
  };
  image_.centre = {keep(image_.centre.x(), half * aspect_, extent_.width),
                   keep(image_.centre.y(), half, extent_.height)};
  view_.half_height = half;
  view_.focus = {image_.centre.x(), image_.centre.y(), 0.0};
  view_.eye = {image_.centre.x(), image_.centre.y(), 1.0};
  view_.up = {0, 1, 0};
  view_.nearest = 0.5;
  view_.farthest = 1.5;
}

FieldCamera::Turn FieldCamera::turn(double azimuth, double elevation) {
  const double a = azimuth * radians, e = elevation * radians;
  return {.away = {std::cos(e) * std::cos(a), std::cos(e) * std::sin(a), std::sin(e)},
          .right = {-std::sin(a), std::cos(a), 0.0},
          .up = {-std::sin(e) * std::cos(a), -std::sin(e) * std::sin(a), std::cos(e)}};
}

double FieldCamera::whole_distance(const ScenePoint& middle) const {
  const SurfaceState start;
  const Turn t = turn(start.azimuth, start.elevation);
  const double slope = std::tan(view_.angle / 2 * radians);
  double distance = 0.0;
  for (const double x : {0.0, extent_.width})
    for (const double y : {0.0, extent_.height})
      for (const double z : {0.0, surface_height}) {
        const ScenePoint d = sum({x, y, z}, -1.0, middle, 0.0, {});
        const double half = std::max(std::abs(dot(d, t.right)) / aspect_, std::abs(dot(d, t.up)));
        // Seen at exactly the edge from this distance.
        distance = std::max(distance, half / slope + dot(d, t.away));
      }
  return 1.04 * distance;
}

void FieldCamera::apply_surface() {
  // A little below the middle: seen from above, the near edge takes more of the picture than the far one.
  const ScenePoint middle = {extent_.width / 2, extent_.height / 2, 0.1 * surface_height};
  const double whole = whole_distance(middle);
  const double distance = whole / surface_.zoom;
  const Turn t = turn(surface_.azimuth, surface_.elevation);
  const double seen = 2 * whole * std::tan(view_.angle / 2 * radians);  // height of the tile at zoom 1
  view_.focus = sum(middle, -seen * surface_.shift.x(), t.right, -seen * surface_.shift.y(), t.up);
  view_.eye = sum(view_.focus, distance, t.away, 0.0, {});
  view_.up = {0, 0, 1};
  const double reach = std::hypot(extent_.width, extent_.height, surface_height) +
                       seen * std::hypot(surface_.shift.x(), surface_.shift.y());
  view_.nearest = std::max(0.01, distance - reach);
  view_.farthest = distance + reach;
}

FieldCamera::Ray FieldCamera::ray(QPointF at) const {
  if (view_.parallel)
    return {sum(view_.eye, at.x() * view_.half_height * aspect_, right_, at.y() * view_.half_height, up_),
            forward_};
  const double slope = std::tan(view_.angle / 2 * radians);
  return {view_.eye, sum(forward_, at.x() * slope * aspect_, right_, at.y() * slope, up_)};
}

QPointF FieldCamera::Ray::at_height(double z) const {
  const double t = (z - origin[2]) / direction[2];
  return {origin[0] + t * direction[0], origin[1] + t * direction[1]};
}

QPointF FieldCamera::project(const ScenePoint& point) const {
  const ScenePoint d = sum(point, -1.0, view_.eye, 0.0, {});
  const double half =
      view_.parallel ? view_.half_height : dot(d, forward_) * std::tan(view_.angle / 2 * radians);
  return {dot(d, right_) / (half * aspect_), dot(d, up_) / half};
}

std::optional<QPointF> FieldCamera::pick(QPointF at, const std::function<double(QPointF)>& height_at) const {
  const Ray r = ray(at);
  if (r.direction[2] >= 0.0) return std::nullopt;
  const auto inside = [this](QPointF p) {
    return p.x() >= 0 && p.y() >= 0 && p.x() < extent_.width && p.y() < extent_.height;
  };
  // Down along the ray, until it is first below the surface.
  const int steps = mode_ == FieldMode::surface ? 256 : 0;
  for (int k = 0; k < steps; ++k) {
    const double z = surface_height * (1.0 - static_cast<double>(k) / steps);
    const QPointF p = r.at_height(z);
    if (inside(p) && height_at(p) >= z) return p;
  }
  const QPointF p = r.at_height(0.0);
  if (inside(p)) return p;
  return std::nullopt;
}

}  // namespace halfwave::widgets
