#include "widgets/field_tile.h"

#include "widgets/field_camera.h"

#include <vtkCellArray.h>
#include <vtkOutlineSource.h>
#include <vtkPointData.h>
#include <vtkPoints.h>
#include <vtkPolyDataMapper.h>
#include <vtkProperty.h>

#include <algorithm>
#include <cmath>

namespace halfwave::widgets {
namespace {

// Finer surfaces cost time on a software renderer and cannot be told apart at the size of a tile; the texture
// keeps every cell.
constexpr int most_mesh_points = 97;

void set_colour(vtkRenderer& renderer, const QColor& colour) {
  renderer.SetBackground(colour.redF(), colour.greenF(), colour.blueF());
}

}  // namespace

double height_of(const FieldTile& tile, int row, int column) {
  const double value =
      tile.field
          .values[static_cast<std::size_t>(row) * static_cast<std::size_t>(tile.field.shape[1]) + column];
  if (!std::isfinite(value)) return 0.0;
  const ColourRange range = tile.range.padded();
  return std::clamp((value - range.low) / (range.high - range.low), 0.0, 1.0) * surface_height;
}

FieldTileScene::FieldTileScene() {
  texture_->SetInputData(pixels_);
  texture_->RepeatOff();
  texture_->EdgeClampOn();

  points_->SetNumberOfComponents(3);
  normals_->SetNumberOfComponents(3);
  normals_->SetName("normals");
  vtkNew<vtkPolyDataMapper> mapper;
  mapper->SetInputData(mesh_);
  mapper->ScalarVisibilityOff();
  surface_->SetMapper(mapper);
  surface_->SetTexture(texture_);
  surface_->GetProperty()->SetSpecular(0.0);

  vtkNew<vtkPolyDataMapper> frame_mapper;
  frame_mapper->SetInputData(frame_lines_);
  frame_->SetMapper(frame_mapper);
  frame_->GetProperty()->LightingOff();
  frame_->GetProperty()->SetLineWidth(1.0F);
  renderer_->AddActor(surface_);
  renderer_->AddActor(frame_);
}

void FieldTileScene::recolour(const ThemeColours& colours) {
  set_colour(*renderer_, colours.plot_background);
  frame_->GetProperty()->SetColor(colours.plot_axis.redF(), colours.plot_axis.greenF(),
                                  colours.plot_axis.blueF());
}

void FieldTileScene::update(const FieldTile& tile, FieldMode mode) {
  const int rows = tile.field.shape[0];
  const int columns = tile.field.shape[1];
  if (rows != rows_ || columns != columns_ || mode != mode_) {
    rows_ = rows;
    columns_ = columns;
    mode_ = mode;
    build_mesh(mode);
  }
  fill_texture(tile);
  if (mode == FieldMode::surface) fill_heights(tile);
}

void FieldTileScene::build_mesh(FieldMode mode) {
  const bool flat = mode == FieldMode::image;
  mesh_rows_ = flat ? 2 : std::clamp(rows_, 2, most_mesh_points);
  mesh_columns_ = flat ? 2 : std::clamp(columns_, 2, most_mesh_points);
  const FieldExtent extent = field_extent(rows_, columns_);
  const vtkIdType count = static_cast<vtkIdType>(mesh_rows_) * mesh_columns_;
  points_->SetNumberOfTuples(count);
  normals_->SetNumberOfTuples(count);
  vtkNew<vtkFloatArray> coordinates;
  coordinates->SetNumberOfComponents(2);
  coordinates->SetNumberOfTuples(count);
  // A flat picture shows whole cells up to its edges; a surface's points are the centres of cells.
  const auto texture_coordinate = [flat](double share, int cells) {
    return flat ? share : (std::floor(share * (cells - 1) + 1e-9) + 0.5) / cells;
  };
  vtkIdType id = 0;
  for (int i = 0; i < mesh_rows_; ++i)
    for (int j = 0; j < mesh_columns_; ++j, ++id) {
      const double u = static_cast<double>(j) / (mesh_columns_ - 1);
      const double v = static_cast<double>(i) / (mesh_rows_ - 1);
      points_->SetTuple3(id, u * extent.width, v * extent.height, 0.0);
      normals_->SetTuple3(id, 0.0, 0.0, 1.0);
      coordinates->SetTuple2(id, texture_coordinate(u, columns_), texture_coordinate(v, rows_));
    }
  vtkNew<vtkCellArray> triangles;
  for (int i = 0; i + 1 < mesh_rows_; ++i)
    for (int j = 0; j + 1 < mesh_columns_; ++j) {
      const vtkIdType a = static_cast<vtkIdType>(i) * mesh_columns_ + j;
      const vtkIdType b = a + 1, c = a + mesh_columns_ + 1, d = a + mesh_columns_;
      triangles->InsertNextCell({a, b, c});
      triangles->InsertNextCell({a, c, d});
    }
  vtkNew<vtkPoints> points;
  points->SetData(points_);
  mesh_->SetPoints(points);
  mesh_->SetPolys(triangles);
  mesh_->GetPointData()->SetNormals(normals_);
  mesh_->GetPointData()->SetTCoords(coordinates);

  texture_->SetInterpolate(flat ? 0 : 1);
  // Pictures show exactly the colours of the map; a surface is shaded so that its shape is seen.
  surface_->GetProperty()->SetLighting(!flat);
  surface_->GetProperty()->SetAmbient(flat ? 1.0 : 0.35);
  surface_->GetProperty()->SetDiffuse(flat ? 0.0 : 0.7);

  vtkNew<vtkOutlineSource> outline;
  outline->SetBounds(0.0, extent.width, 0.0, extent.height, 0.0, flat ? 0.0 : surface_height);
  outline->Update();
  frame_lines_->DeepCopy(outline->GetOutput());
}

void FieldTileScene::fill_texture(const FieldTile& tile) {
  int old[3];
  pixels_->GetDimensions(old);
  if (old[0] != columns_ || old[1] != rows_) {
    pixels_->SetDimensions(columns_, rows_, 1);
    pixels_->AllocateScalars(VTK_UNSIGNED_CHAR, 3);
  }
  auto* out = static_cast<std::uint8_t*>(pixels_->GetScalarPointer());
  const ColourTable& table = colour_table(tile.map);
  const ColourRange range = tile.range.padded();
  const double scale = 255.0 / (range.high - range.low);
  for (const float value : tile.field.values) {
    const double t = std::clamp((static_cast<double>(value) - range.low) * scale, 0.0, 255.0);
    const Rgb& colour =
        std::isnan(value) || std::isinf(value) ? not_finite_colour : table[static_cast<std::size_t>(t + 0.5)];
    out = std::copy(colour.begin(), colour.end(), out);
  }
  pixels_->GetPointData()->GetScalars()->Modified();
  pixels_->Modified();
}

void FieldTileScene::fill_heights(const FieldTile& tile) {
  const FieldExtent extent = field_extent(rows_, columns_);
  float* const points = points_->GetPointer(0);
  // Height of a point of the mesh.
  const auto at = [&](int i, int j) -> float& { return points[3 * (i * mesh_columns_ + j) + 2]; };
  for (int i = 0; i < mesh_rows_; ++i)
    for (int j = 0; j < mesh_columns_; ++j)
      at(i, j) = static_cast<float>(
          height_of(tile, static_cast<int>(static_cast<long>(i) * (rows_ - 1) / (mesh_rows_ - 1)),
                    static_cast<int>(static_cast<long>(j) * (columns_ - 1) / (mesh_columns_ - 1))));
  float* normal = normals_->GetPointer(0);
  const double dx = extent.width / (mesh_columns_ - 1);
  const double dy = extent.height / (mesh_rows_ - 1);
  for (int i = 0; i < mesh_rows_; ++i)
    for (int j = 0; j < mesh_columns_; ++j, normal += 3) {
      const int left = std::max(j - 1, 0), right = std::min(j + 1, mesh_columns_ - 1);
      const int below = std::max(i - 1, 0), above = std::min(i + 1, mesh_rows_ - 1);
      const double slope_x = (at(i, right) - at(i, left)) / (dx * (right - left));
      const double slope_y = (at(above, j) - at(below, j)) / (dy * (above - below));
      const double length = std::sqrt(1.0 + slope_x * slope_x + slope_y * slope_y);
      normal[0] = static_cast<float>(-slope_x / length);
      normal[1] = static_cast<float>(-slope_y / length);
      normal[2] = static_cast<float>(1.0 / length);
    }
  points_->Modified();
  normals_->Modified();
  mesh_->GetPoints()->Modified();
  mesh_->Modified();
}

}  // namespace halfwave::widgets
