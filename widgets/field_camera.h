#pragma once

#include "widgets/field_view.h"

#include <QPointF>

#include <array>
#include <functional>
#include <optional>

namespace halfwave::widgets {

/// The field lies in the x-y plane, its longer side from 0 to 1; surfaces rise from 0 to this height.
inline constexpr double surface_height = 0.35;

/// Width and height of a grid of cells in the scene's units.
struct FieldExtent {
  double width = 1.0;
  double height = 1.0;
  bool operator==(const FieldExtent&) const = default;
};
FieldExtent field_extent(int rows, int columns);

using ScenePoint = std::array<double, 3>;

/// Where a camera stands and how much it sees.
struct CameraView {
  bool parallel = true;
  double half_height = 0.5;  ///< of what a parallel camera sees, in the scene's units
  double angle = 30.0;       ///< of what a perspective camera sees from bottom to top, degrees
  ScenePoint eye{}, focus{}, up{};
  double nearest = 0.1, farthest = 10.0;
};

/// The camera that all tiles of a FieldView share: one state for pictures (centre and zoom), one for surfaces
/// (turned about the vertical axis, which always points up). Positions on a tile are given in [−1, 1], y up.
class FieldCamera {
 public:
  FieldCamera();

  const CameraView& view() const { return view_; }
  void set_mode(FieldMode mode);
  void set_extent(const FieldExtent& extent);
  void set_aspect(double aspect);  ///< width over height of a tile on the screen

  void reset();
  /// Magnifies by `factor`; in image mode the point of the field under `at` stays where it is.
  void zoom_by(double factor, QPointF at = {});
  void pan(QPointF delta);
  /// Turns a surface; degrees.
  void rotate(double azimuth, double elevation);
  double zoom() const { return mode_ == FieldMode::image ? image_.zoom : surface_.zoom; }

  /// Where the ray through a position of the tile meets the field, in the scene's units. `height_at` is the
  /// height of the surface over a point of the plane; it is not asked in image mode.
  std::optional<QPointF> pick(QPointF at, const std::function<double(QPointF)>& height_at) const;
  /// Where a point of the scene is seen on a tile.
  QPointF project(const ScenePoint& point) const;

 private:
  struct Ray {
    ScenePoint origin, direction;
    QPointF at_height(double z) const;
  };
  struct Turn {
    ScenePoint away, right, up;  // from the field to the eye, and the picture's axes
  };
  static Turn turn(double azimuth, double elevation);
  /// From where the whole box of a surface is seen as it stands after reset.
  double whole_distance(const ScenePoint& middle) const;
  void apply();
  void apply_image();
  void apply_surface();
  Ray ray(QPointF at) const;

  struct ImageState {
    double zoom = 1.0;
    QPointF centre;  // of the visible part, in the scene's units
  };
  struct SurfaceState {
    double zoom = 1.0;
    double azimuth = -62.0;
    double elevation = 38.0;
    QPointF shift;  // of the field on the tile, in heights of the tile at zoom 1
  };
  FieldMode mode_ = FieldMode::image;
  FieldExtent extent_;
  double aspect_ = 1.0;
  ImageState image_;
  SurfaceState surface_;
  CameraView view_;
  ScenePoint forward_{}, right_{}, up_{};  // of the view, orthonormal
};

}  // namespace halfwave::widgets
