#pragma once

#include "widgets/field_tile.h"

#include <QPointF>
#include <vtkCamera.h>
#include <vtkNew.h>

#include <array>
#include <optional>

namespace halfwave::widgets {

/// The camera that all tiles of a FieldView share: one state for pictures (centre and zoom), one for surfaces
/// (turned about the vertical axis, which always points up). Positions on a tile are given in [−1, 1], y up.
class FieldCamera {
 public:
  FieldCamera();

  vtkCamera* vtk() const { return camera_; }
  void set_mode(FieldMode mode);
  /// The field's extent, and width over height of a tile on the screen.
  void set_extent(const FieldExtent& extent);
  void set_aspect(double aspect);

  void reset();
  /// Magnifies by `factor`; in image mode the point of the field under `at` stays where it is.
  void zoom_by(double factor, QPointF at = {});
  void pan(QPointF delta);
  /// Turns a surface; degrees.
  void rotate(double azimuth, double elevation);
  double zoom() const { return mode_ == FieldMode::image ? image_.zoom : surface_.zoom; }

  using Point = std::array<double, 3>;
  /// Where the ray through a position of the tile meets the tile's field, in the scene's units.
  std::optional<QPointF> pick(QPointF at, const FieldTileScene& tile) const;
  /// Where a point of the scene is seen on a tile.
  QPointF project(const Point& point) const;

 private:
  void apply();
  Point unproject(QPointF at, double depth) const;

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
  vtkNew<vtkCamera> camera_;
};

}  // namespace halfwave::widgets
