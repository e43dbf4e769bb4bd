#include "widgets/field_camera.h"

#include <vtkMatrix4x4.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace halfwave::widgets {
namespace {

constexpr double view_angle = 30.0;
constexpr double most_zoom = 64.0;
constexpr double radians = std::numbers::pi / 180.0;

}  // namespace

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
  const Point before = unproject(at, 0.0);
  image_.zoom = std::clamp(image_.zoom * factor, 1.0, most_zoom);
  apply();
  const Point after = unproject(at, 0.0);
  image_.centre += QPointF(before[0] - after[0], before[1] - after[1]);
  apply();
}

void FieldCamera::pan(QPointF delta) {
  if (mode_ == FieldMode::surface) {
    surface_.shift += QPointF(delta.x() / 2 * aspect_, delta.y() / 2) / surface_.zoom;
  } else {
    const double half = camera_->GetParallelScale();
    image_.centre -= QPointF(delta.x() * half * aspect_, delta.y() * half);
  }
  apply();
}

void FieldCamera::rotate(double azimuth, double elevation) {
  surface_.azimuth = std::remainder(surface_.azimuth + azimuth, 360.0);
  surface_.elevation = std::clamp(surface_.elevation + elevation, 2.0, 89.0);
  apply();
}

void FieldCamera::apply() {
  camera_->SetParallelProjection(mode_ == FieldMode::image);
  if (mode_ == FieldMode::image) {
    const double whole = 0.5 * std::max(extent_.height, extent_.width / aspect_);
    const double half = whole / image_.zoom;
    // The visible part never leaves the field; at zoom 1 it is centred.
    const auto keep = [](double centre, double half_seen, double size) {
      return half_seen >= size / 2 ? size / 2 : std::clamp(centre, half_seen, size - half_seen);
    };
    image_.centre = {keep(image_.centre.x(), half * aspect_, extent_.width),
                     keep(image_.centre.y(), half, extent_.height)};
    camera_->SetParallelScale(half);
    camera_->SetFocalPoint(image_.centre.x(), image_.centre.y(), 0.0);
    camera_->SetPosition(image_.centre.x(), image_.centre.y(), 1.0);
    camera_->SetViewUp(0, 1, 0);
    camera_->SetClippingRange(0.5, 1.5);
    return;
  }
  const double radius = 0.5 * std::hypot(extent_.width, extent_.height, surface_height);
  const double whole = 0.86 * radius / std::sin(view_angle / 2 * radians) / std::min(aspect_, 1.0);
  const double distance = whole / surface_.zoom;
  const double a = surface_.azimuth * radians, e = surface_.elevation * radians;
  const Point away = {std::cos(e) * std::cos(a), std::cos(e) * std::sin(a), std::sin(e)};
  const Point right = {-std::sin(a), std::cos(a), 0.0};
  const Point up = {-std::sin(e) * std::cos(a), -std::sin(e) * std::sin(a), std::cos(e)};
  const double seen = 2 * whole * std::tan(view_angle / 2 * radians);  // height of the tile at zoom 1
  // A little below the middle: seen from above, the near edge takes more of the picture than the far one.
  const Point middle = {extent_.width / 2, extent_.height / 2, 0.1 * surface_height};
  Point focus{}, eye{};
  for (std::size_t k = 0; k < 3; ++k) {
    focus[k] = middle[k] - seen * (surface_.shift.x() * right[k] + surface_.shift.y() * up[k]);
    eye[k] = focus[k] + distance * away[k];
  }
  camera_->SetViewAngle(view_angle);
  camera_->SetFocalPoint(focus.data());
  camera_->SetPosition(eye.data());
  camera_->SetViewUp(0, 0, 1);
  const double shift = seen * std::hypot(surface_.shift.x(), surface_.shift.y());
  camera_->SetClippingRange(std::max(0.01, distance - radius - shift), distance + radius + shift);
}

FieldCamera::Point FieldCamera::unproject(QPointF at, double depth) const {
  vtkNew<vtkMatrix4x4> inverse;
  vtkMatrix4x4::Invert(camera_->GetCompositeProjectionTransformMatrix(aspect_, -1, 1), inverse);
  const double in[4] = {at.x(), at.y(), depth, 1.0};
  double out[4];
  inverse->MultiplyPoint(in, out);
  return {out[0] / out[3], out[1] / out[3], out[2] / out[3]};
}

QPointF FieldCamera::project(const Point& point) const {
  const double in[4] = {point[0], point[1], point[2], 1.0};
  double out[4];
  camera_->GetCompositeProjectionTransformMatrix(aspect_, -1, 1)->MultiplyPoint(in, out);
  return {out[0] / out[3], out[1] / out[3]};
}

std::optional<QPointF> FieldCamera::pick(QPointF at, const FieldTileScene& tile) const {
  const Point near = unproject(at, -1.0);
  const Point far = unproject(at, 1.0);
  const double fall = near[2] - far[2];
  if (fall <= 0.0) return std::nullopt;
  const auto inside = [&](double x, double y) {
    return x >= 0 && y >= 0 && x < extent_.width && y < extent_.height;
  };
  const auto point_at = [&](double z) {
    const double t = (near[2] - z) / fall;
    return QPointF(near[0] + t * (far[0] - near[0]), near[1] + t * (far[1] - near[1]));
  };
  if (mode_ == FieldMode::surface) {
    // Down along the ray, until it is first below the surface.
    constexpr int steps = 256;
    for (int k = 0; k <= steps; ++k) {
      const double z = surface_height * (1.0 - static_cast<double>(k) / steps);
      const QPointF p = point_at(z);
      if (inside(p.x(), p.y()) && tile.height_at(p.x(), p.y()) >= z) return p;
    }
    return std::nullopt;
  }
  const QPointF p = point_at(0.0);
  if (!inside(p.x(), p.y())) return std::nullopt;
  return p;
}

}  // namespace halfwave::widgets
