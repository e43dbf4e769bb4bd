#pragma once

#include "core/training/events.h"
#include "widgets/colormap.h"
#include "widgets/vtk_widget.h"

#include <QPen>
#include <QString>

#include <memory>
#include <optional>
#include <vector>

namespace halfwave::widgets {

enum class FieldMode { image, surface };

/// One picture of a FieldView. `field` has two axes (rows, columns); row 0 lies at the bottom.
struct FieldTile {
  QString title;
  QString unit;
  Field field;
  ColourMap map = ColourMap::viridis;
  ColourRange range;
  QPen key = QPen(Qt::NoPen);  ///< of the line before the title, where curves elsewhere belong to the field
  QString caption = {};        ///< a line under the picture
  QString notice = {};  ///< said across the lower part of the picture, for instance why it stands still
};

/// A point of the grid under the mouse. x and y are cell centres on the unit square.
struct FieldPoint {
  int row = 0, column = 0;
  double x = 0.0, y = 0.0;
  bool operator==(const FieldPoint&) const = default;
};

/// One to five fields side by side with titles and colour bars, as pictures or height-warped surfaces,
/// sharing one camera. Wheel: zoom at the mouse; left button: pan (image) or rotate (surface); right or
/// middle button: pan; double click or R: whole field again; + and −: zoom; arrows: pan or rotate.
class FieldView : public VtkWidget {
  Q_OBJECT
 public:
  explicit FieldView(QWidget* parent = nullptr);
  ~FieldView() override;

  /// Replaces all tiles. The camera stays unless the number of tiles or the aspect of the grid changed.
  void set_tiles(std::vector<FieldTile> tiles);
  const std::vector<FieldTile>& tiles() const;
  void set_mode(FieldMode mode);
  FieldMode mode() const;
  void reset_camera();
  /// One colour bar for neighbours with the same map, range and unit.
  void set_shared_bars(bool shared);

  /// Where a tile's picture lies in this widget.
  QRect tile_rect(std::size_t tile) const;
  /// Shows a cross at this point in every tile (none clears it).
  void set_marker(std::optional<FieldPoint> point);
  std::optional<FieldPoint> marker() const;
  /// How many times the field is magnified (1 after reset_camera).
  double zoom() const;

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 Q_SIGNALS:
  /// The point under the mouse, or none when it has left the fields.
  void hovered(std::optional<halfwave::widgets::FieldPoint> point);
  void camera_changed();

 protected:
  Frame next_frame() override;
  void paint_overlay(QPainter& painter) override;
  void resizeEvent(QResizeEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void leaveEvent(QEvent* event) override;

 private:
  void lay_out();

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace halfwave::widgets
