#include "widgets/field_view.h"

#include "widgets/colour_bar.h"
#include "widgets/field_camera.h"
#include "widgets/field_tile.h"
#include "widgets/theme.h"

#include <QKeyEvent>
#include <QLabel>
#include <QMouseEvent>
#include <QPainter>
#include <vtkRenderWindow.h>
#include <vtkRenderer.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace halfwave::widgets {
namespace {

constexpr std::size_t most_tiles = 4;
constexpr double wheel_zoom = 1.2;  // a notch of the wheel, or + and −

bool drawable(const Field& field) {
  return field.shape.size() == 2 && field.shape[0] > 0 && field.shape[1] > 0 &&
         field.values.size() == static_cast<std::size_t>(field.shape[0]) * field.shape[1];
}

}  // namespace

struct FieldView::Scene {
  struct Decoration {
    QLabel* title = nullptr;
    ColourBar* bar = nullptr;
    QRect picture;  // in the widget
  };
  std::vector<FieldTile> tiles;
  FieldMode mode = FieldMode::image;
  FieldCamera camera;
  std::array<std::unique_ptr<FieldTileScene>, most_tiles> scenes;
  vtkNew<vtkRenderer> background;
  std::array<Decoration, most_tiles> decorations;
  bool stale = true;  // the tiles' values are not yet in the scenes
  std::optional<FieldPoint> marker;
  QPoint last_mouse;
  std::optional<std::size_t> dragged;

  int rows() const { return tiles.empty() ? 1 : tiles.front().field.shape[0]; }
  int columns() const { return tiles.empty() ? 1 : tiles.front().field.shape[1]; }

  std::optional<std::size_t> tile_at(QPoint position) const {
    for (std::size_t k = 0; k < tiles.size(); ++k)
      if (decorations[k].picture.contains(position)) return k;
    return std::nullopt;
  }

  // Positions in the widget to [−1, 1] on a tile, and back.
  QPointF to_tile(QPointF position, std::size_t tile) const {
    const QRectF r = decorations[tile].picture;
    return {2 * (position.x() - r.left()) / r.width() - 1, 1 - 2 * (position.y() - r.top()) / r.height()};
  }
  QPointF from_tile(QPointF at, std::size_t tile) const {
    const QRectF r = decorations[tile].picture;
    return {r.left() + (at.x() + 1) / 2 * r.width(), r.top() + (1 - at.y()) / 2 * r.height()};
  }

  std::optional<FieldPoint> point_at(QPoint position) const {
    const auto tile = tile_at(position);
    if (!tile || !scenes[*tile]) return std::nullopt;
    const auto hit = camera.pick(to_tile(QPointF(position) + QPointF(0.5, 0.5), *tile), *scenes[*tile]);
    if (!hit) return std::nullopt;
    const FieldExtent extent = field_extent(rows(), columns());
    const auto cell = [this](double share, int count) {
      const double position_in_cells = mode == FieldMode::image ? share * count : share * (count - 1) + 0.5;
      return std::clamp(static_cast<int>(position_in_cells), 0, count - 1);
    };
    FieldPoint point;
    point.row = cell(hit->y() / extent.height, rows());
    point.column = cell(hit->x() / extent.width, columns());
    point.x = (point.column + 0.5) / columns();
    point.y = (point.row + 0.5) / rows();
    return point;
  }

  QPointF marker_position(std::size_t tile) const {
    const FieldExtent extent = field_extent(rows(), columns());
    const auto share = [this](int index, int count) {
      if (mode == FieldMode::image) return (index + 0.5) / count;
      return count > 1 ? static_cast<double>(index) / (count - 1) : 0.5;
    };
    const double x = share(marker->column, columns()) * extent.width;
    const double y = share(marker->row, rows()) * extent.height;
    return from_tile(camera.project({x, y, scenes[tile]->height_at(x, y)}), tile);
  }
};

FieldView::FieldView(QWidget* parent) : VtkWidget(parent), scene_(std::make_unique<Scene>()) {
  setMouseTracking(true);
  setFocusPolicy(Qt::StrongFocus);
  setAccessibleName(tr("Fields"));
  if (vtkRenderWindow* window = render_window()) window->AddRenderer(scene_->background);
  scene_->background->InteractiveOff();
  for (auto& decoration : scene_->decorations) {
    decoration.title = new QLabel(this);
    decoration.title->setProperty("role", "title");
    decoration.title->setTextFormat(Qt::PlainText);
    decoration.title->setAttribute(Qt::WA_TransparentForMouseEvents);
    decoration.bar = new ColourBar(this);
    decoration.title->hide();
    decoration.bar->hide();
  }
}

FieldView::~FieldView() = default;

void FieldView::set_tiles(std::vector<FieldTile> tiles) {
  std::erase_if(tiles, [](const FieldTile& tile) { return !drawable(tile.field); });
  if (tiles.size() > most_tiles) tiles.resize(most_tiles);
  Scene& s = *scene_;
  const bool same_grid = tiles.size() == s.tiles.size() && !tiles.empty() &&
                         tiles.front().field.shape == s.tiles.front().field.shape;
  s.tiles = std::move(tiles);
  s.stale = true;
  for (std::size_t k = 0; k < most_tiles; ++k) {
    auto& decoration = s.decorations[k];
    const bool used = k < s.tiles.size() && available();
    decoration.title->setVisible(used);
    decoration.bar->setVisible(used);
    if (!used) continue;
    const FieldTile& tile = s.tiles[k];
    decoration.bar->set_map(tile.map);
    decoration.bar->set_range(tile.range);
    decoration.bar->set_unit(tile.unit);
    const ColourRange values = range_of(tile.field.values);
    const ColourRange shown = tile.range.padded();
    const double slack = 1e-6 * (shown.high - shown.low);
    decoration.bar->set_outside(values.low<shown.low - slack, values.high> shown.high + slack);
  }
  if (!same_grid) {
    s.marker.reset();
    s.camera.set_extent(field_extent(s.rows(), s.columns()));
    s.camera.reset();
  }
  lay_out();
  request_render();
}

const std::vector<FieldTile>& FieldView::tiles() const {
  return scene_->tiles;
}

void FieldView::set_mode(FieldMode mode) {
  if (mode == scene_->mode) return;
  scene_->mode = mode;
  scene_->stale = true;
  scene_->camera.set_mode(mode);
  lay_out();
  request_render();
}

FieldMode FieldView::mode() const {
  return scene_->mode;
}

void FieldView::reset_camera() {
  scene_->camera.reset();
  request_render();
  Q_EMIT camera_changed();
}

QRect FieldView::tile_rect(std::size_t tile) const {
  return tile < scene_->tiles.size() ? scene_->decorations[tile].picture : QRect();
}

void FieldView::set_marker(std::optional<FieldPoint> point) {
  if (point == scene_->marker) return;
  scene_->marker = point;
  update();
}

std::optional<FieldPoint> FieldView::marker() const {
  return scene_->marker;
}
double FieldView::zoom() const {
  return scene_->camera.zoom();
}

QSize FieldView::sizeHint() const {
  return {640, 480};
}
QSize FieldView::minimumSizeHint() const {
  return {240, 160};
}

void FieldView::lay_out() {
  Scene& s = *scene_;
  const int count = static_cast<int>(s.tiles.size());
  if (count == 0) return;
  const int title_height = fontMetrics().height() + spacing_small;
  const int bar_width = s.decorations[0].bar->sizeHint().width();
  const FieldExtent extent = field_extent(s.rows(), s.columns());
  const double field_aspect = extent.width / extent.height;

  // The largest picture that a cell can hold, for a number of columns.
  const auto picture_size = [&](int columns) {
    const int lines = (count + columns - 1) / columns;
    const QSize cell((width() - spacing * (columns + 1)) / columns,
                     (height() - spacing * (lines + 1)) / lines);
    QSize picture(cell.width() - bar_width - spacing, cell.height() - title_height);
    if (s.mode == FieldMode::image)
      picture = {std::min(picture.width(), static_cast<int>(picture.height() * field_aspect)),
                 std::min(picture.height(), static_cast<int>(picture.width() / field_aspect))};
    return picture.expandedTo({16, 16});
  };
  int columns = 1;
  double best = 0.0;
  for (int c = 1; c <= count; ++c) {
    if (count % c != 0) continue;
    const QSize p = picture_size(c);
    const double shown = std::min<double>(p.width(), p.height() * field_aspect);
    if (shown > best) {
      best = shown;
      columns = c;
    }
  }
  const QSize picture = picture_size(columns);
  const int lines = (count + columns - 1) / columns;
  const int cell_width = width() / columns;
  const int cell_height = height() / lines;
  for (int k = 0; k < count; ++k) {
    auto& decoration = s.decorations[static_cast<std::size_t>(k)];
    const QSize used(picture.width() + spacing + bar_width, title_height + picture.height());
    const int left = (k % columns) * cell_width + (cell_width - used.width()) / 2;
    const int top = (k / columns) * cell_height + (cell_height - used.height()) / 2;
    decoration.picture = QRect(QPoint(left, top + title_height), picture);
    decoration.title->setGeometry(left, top, used.width(), title_height);
    const QString& title = s.tiles[static_cast<std::size_t>(k)].title;
    decoration.title->setText(
        decoration.title->fontMetrics().elidedText(title, Qt::ElideRight, used.width()));
    decoration.title->setToolTip(title);
    decoration.bar->setGeometry(decoration.picture.right() + 1 + spacing, top + title_height, bar_width,
                                picture.height());
  }
  s.camera.set_aspect(static_cast<double>(picture.width()) / picture.height());
}

void FieldView::prepare_render() {
  Scene& s = *scene_;
  const QColor window = palette().color(QPalette::Window);
  s.background->SetBackground(window.redF(), window.greenF(), window.blueF());
  for (std::size_t k = 0; k < most_tiles; ++k) {
    if (k >= s.tiles.size()) {
      if (s.scenes[k]) s.scenes[k]->renderer()->DrawOff();
      continue;
    }
    if (!s.scenes[k]) {
      s.scenes[k] = std::make_unique<FieldTileScene>();
      s.scenes[k]->renderer()->SetActiveCamera(s.camera.vtk());
      render_window()->AddRenderer(s.scenes[k]->renderer());
    }
    FieldTileScene& tile = *s.scenes[k];
    tile.renderer()->DrawOn();
    tile.recolour();
    const QRectF r = s.decorations[k].picture;
    tile.renderer()->SetViewport(r.left() / width(), 1.0 - (r.top() + r.height()) / height(),
                                 (r.left() + r.width()) / width(), 1.0 - r.top() / height());
    if (s.stale) tile.update(s.tiles[k], s.mode);
  }
  s.stale = false;
}

void FieldView::paint_overlay(QPainter& painter) {
  const Scene& s = *scene_;
  const ThemeColours& colours = theme_colours();
  for (std::size_t k = 0; k < s.tiles.size(); ++k) {
    const QRect& picture = s.decorations[k].picture;
    painter.setPen(hasFocus() ? colours.accent : colours.border);
    painter.drawRect(picture.adjusted(-1, -1, 0, 0));
    if (!s.marker || !s.scenes[k]) continue;
    const QPointF at = s.marker_position(k);
    if (!QRectF(picture).contains(at)) continue;
    painter.save();
    painter.setClipRect(picture);
    painter.setRenderHint(QPainter::Antialiasing);
    // Light on dark, so that the cross is seen on every colour.
    for (const auto& [colour, thickness] : {std::pair(QColor(0, 0, 0, 200), 3.0), {QColor(Qt::white), 1.2}}) {
      painter.setPen(QPen(colour, thickness, Qt::SolidLine, Qt::RoundCap));
      painter.drawLine(at - QPointF(8, 0), at - QPointF(3, 0));
      painter.drawLine(at + QPointF(3, 0), at + QPointF(8, 0));
      painter.drawLine(at - QPointF(0, 8), at - QPointF(0, 3));
      painter.drawLine(at + QPointF(0, 3), at + QPointF(0, 8));
    }
    painter.restore();
  }
}

void FieldView::resizeEvent(QResizeEvent* event) {
  lay_out();
  VtkWidget::resizeEvent(event);
}

void FieldView::mousePressEvent(QMouseEvent* event) {
  scene_->dragged = scene_->tile_at(event->pos());
  scene_->last_mouse = event->pos();
}

void FieldView::mouseMoveEvent(QMouseEvent* event) {
  Scene& s = *scene_;
  if (s.dragged && event->buttons() != Qt::NoButton) {
    const QPointF step = s.to_tile(event->pos(), *s.dragged) - s.to_tile(s.last_mouse, *s.dragged);
    const QPoint pixels = event->pos() - s.last_mouse;
    s.last_mouse = event->pos();
    if (s.mode == FieldMode::surface && event->buttons() == Qt::LeftButton &&
        !(event->modifiers() & Qt::ShiftModifier))
      s.camera.rotate(-0.5 * pixels.x(), 0.5 * pixels.y());
    else
      s.camera.pan(step);
    request_render();
    Q_EMIT camera_changed();
  }
  const auto point = s.point_at(event->pos());
  set_marker(point);
  Q_EMIT hovered(point);
}

void FieldView::mouseReleaseEvent(QMouseEvent*) {
  scene_->dragged.reset();
}

void FieldView::mouseDoubleClickEvent(QMouseEvent* event) {
  if (scene_->tile_at(event->pos())) reset_camera();
}

void FieldView::wheelEvent(QWheelEvent* event) {
  Scene& s = *scene_;
  const auto tile = s.tile_at(event->position().toPoint());
  if (!tile || event->angleDelta().y() == 0) {
    event->ignore();
    return;
  }
  s.camera.zoom_by(std::pow(wheel_zoom, event->angleDelta().y() / 120.0),
                   s.to_tile(event->position(), *tile));
  request_render();
  Q_EMIT camera_changed();
  event->accept();
}

void FieldView::keyPressEvent(QKeyEvent* event) {
  FieldCamera& camera = scene_->camera;
  const auto move = [&](double x, double y) {
    if (scene_->mode == FieldMode::surface)
      camera.rotate(5 * x, 5 * y);
    else
      camera.pan({-0.1 * x, -0.1 * y});
  };
  switch (event->key()) {
    case Qt::Key_R:
      camera.reset();
      break;
    case Qt::Key_Plus:
    case Qt::Key_Equal:
      camera.zoom_by(wheel_zoom);
      break;
    case Qt::Key_Minus:
      camera.zoom_by(1.0 / wheel_zoom);
      break;
    case Qt::Key_Left:
      move(-1, 0);
      break;
    case Qt::Key_Right:
      move(1, 0);
      break;
    case Qt::Key_Up:
      move(0, 1);
      break;
    case Qt::Key_Down:
      move(0, -1);
      break;
    default:
      VtkWidget::keyPressEvent(event);
      return;
  }
  request_render();
  Q_EMIT camera_changed();
}

void FieldView::leaveEvent(QEvent* event) {
  VtkWidget::leaveEvent(event);
  set_marker(std::nullopt);
  Q_EMIT hovered(std::nullopt);
}

}  // namespace halfwave::widgets
