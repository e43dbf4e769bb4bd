#pragma once

#include "widgets/field_view.h"

#include <vtkActor.h>
#include <vtkCamera.h>
#include <vtkFloatArray.h>
#include <vtkImageData.h>
#include <vtkNew.h>
#include <vtkPolyData.h>
#include <vtkRenderer.h>
#include <vtkTexture.h>

#include <vector>

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

/// VTK's side of one tile: a textured rectangle or surface with a frame in a renderer of its own. Arrays are
/// filled in place; they are made anew only when the size of the grid changes.
class FieldTileScene {
 public:
  FieldTileScene();

  vtkRenderer* renderer() const { return renderer_; }
  /// Takes the values; `tile.field` must have two axes and as many values as cells.
  void update(const FieldTile& tile, FieldMode mode);
  void recolour();  ///< background and frame, from the theme
  /// Height of the surface over a point of the scene's plane; 0 in image mode and outside.
  double height_at(double x, double y) const;

 private:
  void build_mesh(FieldMode mode);
  void fill_texture(const FieldTile& tile);
  void fill_heights(const FieldTile& tile);

  int rows_ = 0, columns_ = 0;            // of the field
  int mesh_rows_ = 0, mesh_columns_ = 0;  // of points of the mesh
  FieldMode mode_ = FieldMode::image;
  std::vector<float> heights_;  // of the mesh's points
  vtkNew<vtkRenderer> renderer_;
  vtkNew<vtkImageData> pixels_;
  vtkNew<vtkTexture> texture_;
  vtkNew<vtkFloatArray> points_, normals_;
  vtkNew<vtkPolyData> mesh_;
  vtkNew<vtkActor> surface_, frame_;
  vtkNew<vtkPolyData> frame_lines_;
};

}  // namespace halfwave::widgets
