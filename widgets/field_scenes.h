#pragma once

#include "widgets/field_camera.h"
#include "widgets/field_tile.h"

#include <QRectF>

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace halfwave::widgets {

inline constexpr std::size_t most_tiles = 5;

/// All that one picture of a FieldView shows, by value.
struct FieldFrame {
  std::shared_ptr<const std::vector<FieldTile>> tiles;
  std::uint64_t version = 0;  ///< changes with the tiles
  FieldMode mode = FieldMode::image;
  CameraView camera;
  std::vector<QRectF> viewports;  ///< of the tiles, in [0, 1], y down
  ThemeColours colours;
};

/// The scenes of a FieldView's tiles. Render thread only.
class FieldScenes {
 public:
  /// Brings the window up to date with a frame.
  void show(vtkRenderWindow& window, const FieldFrame& frame);

 private:
  std::array<std::unique_ptr<FieldTileScene>, most_tiles> tiles_;
  vtkSmartPointer<vtkRenderer> background_;
  vtkSmartPointer<vtkCamera> camera_;
  std::uint64_t version_ = 0;
  FieldMode mode_ = FieldMode::image;
};

}  // namespace halfwave::widgets
