#pragma once

#include "widgets/field_view.h"
#include "widgets/theme.h"

#include <vtkActor.h>
#include <vtkFloatArray.h>
#include <vtkImageData.h>
#include <vtkNew.h>
#include <vtkPolyData.h>
#include <vtkRenderer.h>
#include <vtkTexture.h>

namespace halfwave::widgets {

/// Height in the scene of a cell of a surface: 0 to surface_height over the tile's range; 0 if not finite.
double height_of(const FieldTile& tile, int row, int column);

/// VTK's side of one tile: a textured rectangle or surface with a frame in a renderer of its own. Arrays are
/// filled in place; they are made anew only when the size of the grid changes. Render thread only.
class FieldTileScene {
 public:
  FieldTileScene();

  vtkRenderer* renderer() const { return renderer_; }
  /// Takes the values; `tile.field` must have two axes and as many values as cells.
  void update(const FieldTile& tile, FieldMode mode);
  void recolour(const ThemeColours& colours);  ///< background and frame

 private:
  void build_mesh(FieldMode mode);
  void fill_texture(const FieldTile& tile);
  void fill_heights(const FieldTile& tile);

  int rows_ = 0, columns_ = 0;            // of the field
  int mesh_rows_ = 0, mesh_columns_ = 0;  // of points of the mesh
  FieldMode mode_ = FieldMode::image;
  vtkNew<vtkRenderer> renderer_;
  vtkNew<vtkImageData> pixels_;
  vtkNew<vtkTexture> texture_;
  vtkNew<vtkFloatArray> points_, normals_;
  vtkNew<vtkPolyData> mesh_;
  vtkNew<vtkActor> surface_, frame_;
  vtkNew<vtkPolyData> frame_lines_;
};

}  // namespace halfwave::widgets
