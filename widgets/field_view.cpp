#include "widgets/field_view.h"

#include "widgets/colour_bar.h"
#include "widgets/field_scenes.h"
#include "widgets/theme.h"

#include <QKeyEvent>
#include <QLabel>
#include <QMouseEvent>
#include <QPainter>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace halfwave::widgets {
namespace {

constexpr double wheel_zoom = 1.2;  // a notch of the wheel, or + and −
constexpr int title_key_width = 30;
constexpr int most_gap = 40;  // between pictures that share a colour bar

/// The line before a title, the caption under a picture, and what is said across it.
void paint_words(QPainter& painter, const FieldTile& tile, const QRect& picture, int caption_width) {
  const ThemeColours& colours = theme_colours();
  const QFontMetrics metrics = painter.fontMetrics();
  const int line = metrics.height() + spacing_small;
  if (tile.key.style() != Qt::NoPen) {
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(tile.key);
    const int y = picture.top() - line / 2 - 1;
    painter.drawLine(picture.left(), y, picture.left() + title_key_width - spacing, y);
    painter.restore();
  }
  if (!tile.caption.isEmpty()) {
    painter.setPen(colours.text);
    const QRect below(picture.left(), picture.bottom() + 2, caption_width, line);
    painter.drawText(below, Qt::AlignLeft | Qt::AlignVCenter,
                     metrics.elidedText(tile.caption, Qt::ElideRight, below.width()));
  }
  if (!tile.notice.isEmpty()) {
    const QRect room = picture.adjusted(spacing, spacing, -spacing, -spacing);
    QRect text = metrics.boundingRect(room, Qt::AlignLeft | Qt::TextWordWrap, tile.notice);
    text.setHeight(std::min(text.height(), room.height()));
    text.moveBottom(room.bottom());
    text.setWidth(room.width());
    QColor ground = colours.panel;
    ground.setAlpha(232);
    painter.fillRect(text.adjusted(-spacing + 1, -spacing_small, spacing - 1, spacing - 1), ground);
    painter.setPen(colours.bad);
    painter.drawText(text, Qt::AlignLeft | Qt::TextWordWrap, tile.notice);
  }
}

bool drawable(const Field& field) {
  return field.shape.size() == 2 && field.shape[0] > 0 && field.shape[1] > 0 &&
         field.values.size() == static_cast<std::size_t>(field.shape[0]) * field.shape[1];
}

}  // namespace

struct FieldView::State {
  struct Decoration {
    QLabel* title = nullptr;
    ColourBar* bar = nullptr;
    QRect picture;  // in the widget
  };
  using Tiles = std::vector<FieldTile>;
  std::shared_ptr<const Tiles> tiles = std::make_shared<Tiles>();
  std::uint64_t version = 1;
  FieldMode mode = FieldMode::image;
  FieldCamera camera;
  std::shared_ptr<FieldScenes> scenes = std::make_shared<FieldScenes>();  // touched by frames only
  std::array<Decoration, most_tiles> decorations;
  std::optional<FieldPoint> marker;
  QPoint last_mouse;
  std::optional<std::size_t> dragged;
  bool shared_bars = false;
  int gap = spacing;  // between two pictures

  /// Whether a tile has a colour bar of its own.
  bool has_bar(std::size_t k) const {
    if (!shared_bars || k + 1 >= tiles->size()) return true;
    const FieldTile &here = (*tiles)[k], &next = (*tiles)[k + 1];
    return here.map != next.map || !(here.range == next.range) || here.unit != next.unit;
  }
  bool has_captions() const {
    return std::any_of(tiles->begin(), tiles->end(), [](const FieldTile& t) { return !t.caption.isEmpty(); });
  }

  int rows() const { return tiles->empty() ? 1 : tiles->front().field.shape[0]; }
  int columns() const { return tiles->empty() ? 1 : tiles->front().field.shape[1]; }

  std::optional<std::size_t> tile_at(QPoint position) const {
    for (std::size_t k = 0; k < tiles->size(); ++k)
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

  // The nearest cell to a share of the field's width or height, and back.
  int cell(double share, int count) const {
    const double cells = mode == FieldMode::image ? share * count : share * (count - 1) + 0.5;
    return std::clamp(static_cast<int>(cells), 0, count - 1);
  }
  double share(int cell_index, int count) const {
    if (mode == FieldMode::image) return (cell_index + 0.5) / count;
    return count > 1 ? static_cast<double>(cell_index) / (count - 1) : 0.5;
  }

  std::optional<FieldPoint> point_at(QPoint position) const {
    const auto tile = tile_at(position);
    if (!tile) return std::nullopt;
    const FieldExtent extent = field_extent(rows(), columns());
    const auto row_of = [&](QPointF p) { return cell(p.y() / extent.height, rows()); };
    const auto column_of = [&](QPointF p) { return cell(p.x() / extent.width, columns()); };
    const auto hit = camera.pick(to_tile(QPointF(position) + QPointF(0.5, 0.5), *tile), [&](QPointF p) {
      return height_of((*tiles)[*tile], row_of(p), column_of(p));
    });
    if (!hit) return std::nullopt;
    const int row = row_of(*hit), column = column_of(*hit);
    return FieldPoint{
        .row = row, .column = column, .x = (column + 0.5) / columns(), .y = (row + 0.5) / rows()};
  }

  QPointF marker_position(std::size_t tile) const {
    const FieldExtent extent = field_extent(rows(), columns());
    const double height =
        mode == FieldMode::surface ? height_of((*tiles)[tile], marker->row, marker->column) : 0.0;
    return from_tile(camera.project({share(marker->column, columns()) * extent.width,
                                     share(marker->row, rows()) * extent.height, height}),
                     tile);
  }
};

FieldView::FieldView(QWidget* parent) : VtkWidget(parent), state_(std::make_unique<State>()) {
  setMouseTracking(true);
  setFocusPolicy(Qt::StrongFocus);
  setAccessibleName(tr("Fields"));
  for (auto& decoration : state_->decorations) {
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
  State& s = *state_;
  const bool same_grid = tiles.size() == s.tiles->size() && !tiles.empty() &&
                         tiles.front().field.shape == s.tiles->front().field.shape;
  s.tiles = std::make_shared<const State::Tiles>(std::move(tiles));
  ++s.version;
  bool below = false, above = false;  // of those that share a bar
  for (std::size_t k = 0; k < most_tiles; ++k) {
    auto& decoration = s.decorations[k];
    const bool used = k < s.tiles->size() && available();
    decoration.title->setVisible(used);
    decoration.bar->setVisible(used && s.has_bar(k));
    if (!used) continue;
    const FieldTile& tile = (*s.tiles)[k];
    decoration.bar->set_map(tile.map);
    decoration.bar->set_range(tile.range);
    decoration.bar->set_unit(tile.unit);
    const ColourRange values = range_of(tile.field.values);
    const ColourRange shown = tile.range.padded();
    const double slack = 1e-6 * (shown.high - shown.low);
    below = below || values.low < shown.low - slack;
    above = above || values.high > shown.high + slack;
    if (!s.has_bar(k)) continue;
    decoration.bar->set_outside(std::exchange(below, false), std::exchange(above, false));
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
  return *state_->tiles;
}

void FieldView::set_mode(FieldMode mode) {
  if (mode == state_->mode) return;
  state_->mode = mode;
  state_->camera.set_mode(mode);
  lay_out();
  request_render();
}

FieldMode FieldView::mode() const {
  return state_->mode;
}

void FieldView::reset_camera() {
  state_->camera.reset();
  request_render();
  Q_EMIT camera_changed();
}

void FieldView::set_shared_bars(bool shared) {
  state_->shared_bars = shared;
  set_tiles(*state_->tiles);
}

QRect FieldView::tile_rect(std::size_t tile) const {
  return tile < state_->tiles->size() ? state_->decorations[tile].picture : QRect();
}

void FieldView::set_marker(std::optional<FieldPoint> point) {
  if (point == state_->marker) return;
  state_->marker = point;
  update();
}

std::optional<FieldPoint> FieldView::marker() const {
  return state_->marker;
}
double FieldView::zoom() const {
  return state_->camera.zoom();
}

QSize FieldView::sizeHint() const {
  return {480, 300};
}
QSize FieldView::minimumSizeHint() const {
  return {240, 160};
}

void FieldView::lay_out() {
  State& s = *state_;
  const int count = static_cast<int>(s.tiles->size());
  if (count == 0) return;
  const int title_height = fontMetrics().height() + spacing_small;
  const int caption_height = s.has_captions() ? title_height : 0;
  const int bar_room = spacing + s.decorations[0].bar->sizeHint().width();
  const FieldExtent extent = field_extent(s.rows(), s.columns());
  const double field_aspect = extent.width / extent.height;

  const auto lines_of = [count](int columns) { return (count + columns - 1) / columns; };
  // Colour bars in the line of tiles that has the most of them.
  const auto bars_of = [&](int columns) {
    int most = 0;
    for (int first = 0; first < count; first += columns) {
      int bars = 0;
      for (int k = first; k < std::min(first + columns, count); ++k)
        bars += s.has_bar(static_cast<std::size_t>(k));
      most = std::max(most, bars);
    }
    return most;
  };
  // The largest picture that fits for a number of columns.
  const auto picture_size = [&](int columns) {
    const int lines = lines_of(columns);
    QSize picture((width() - spacing * (columns + 1) - bar_room * bars_of(columns)) / columns,
                  (height() - spacing * (lines + 1)) / lines - title_height - caption_height);
    if (s.mode == FieldMode::image)
      picture = {std::min(picture.width(), static_cast<int>(picture.height() * field_aspect)),
                 std::min(picture.height(), static_cast<int>(picture.width() / field_aspect))};
    return picture.expandedTo({16, 16});
  };
  int columns = 1;
  double best = 0.0;
  for (int c = 1; c <= count; ++c) {
    if (count % c != 0 && (!s.shared_bars || count < 5)) continue;
    const QSize p = picture_size(c);
    const double shown = std::min<double>(p.width(), p.height() * field_aspect);
    if (shown > best) {
      best = shown;
      columns = c;
    }
  }
  const QSize picture = picture_size(columns);
  const int lines = lines_of(columns);
  const int line_height = height() / lines;
  const int used_height = title_height + picture.height() + caption_height;
  const int bars = bars_of(columns);
  const int used_width = columns * picture.width() + bars * bar_room;
  const int gap = std::max(spacing, (width() - used_width) / (columns + 1));
  // Pictures that share a bar keep together; the room that is left goes to both sides.
  const int between = s.shared_bars ? std::min(gap, most_gap) : gap;
  s.gap = between;
  const int margin = std::max(0, (width() - used_width - between * (columns - 1)) / 2);
  int left = margin;
  for (int k = 0; k < count; ++k) {
    auto& decoration = s.decorations[static_cast<std::size_t>(k)];
    if (k % columns == 0) left = margin;
    const int top = (k / columns) * line_height + (line_height - used_height) / 2;
    const bool with_bar = s.has_bar(static_cast<std::size_t>(k));
    decoration.picture = QRect(QPoint(left, top + title_height), picture);
    const FieldTile& tile = (*s.tiles)[static_cast<std::size_t>(k)];
    const int key_width = tile.key.style() == Qt::NoPen ? 0 : title_key_width;
    const int title_width = picture.width() - key_width + (with_bar ? bar_room : 0);
    decoration.title->setGeometry(left + key_width, top, title_width, title_height);
    decoration.title->setText(
        decoration.title->fontMetrics().elidedText(tile.title, Qt::ElideRight, title_width));
    decoration.title->setToolTip(tile.title);
    decoration.bar->setGeometry(decoration.picture.right() + 1 + spacing, top + title_height,
                                bar_room - spacing, picture.height());
    left += picture.width() + between + (with_bar ? bar_room : 0);
  }
  s.camera.set_aspect(static_cast<double>(picture.width()) / picture.height());
}

VtkWidget::Frame FieldView::next_frame() {
  const State& s = *state_;
  FieldFrame frame{.tiles = s.tiles,
                   .version = s.version,
                   .mode = s.mode,
                   .camera = s.camera.view(),
                   .viewports = {},
                   .colours = theme_colours()};
  for (std::size_t k = 0; k < s.tiles->size(); ++k) {
    const QRectF r = s.decorations[k].picture;
    frame.viewports.emplace_back(r.left() / width(), r.top() / height(), r.width() / width(),
                                 r.height() / height());
  }
  return
      [scenes = s.scenes, frame = std::move(frame)](vtkRenderWindow& window) { scenes->show(window, frame); };
}

void FieldView::paint_overlay(QPainter& painter) {
  const State& s = *state_;
  const ThemeColours& colours = theme_colours();
  for (std::size_t k = 0; k < s.tiles->size(); ++k) {
    const QRect& picture = s.decorations[k].picture;
    painter.setPen(hasFocus() ? colours.accent : colours.border);
    painter.drawRect(picture.adjusted(-1, -1, 0, 0));
    paint_words(painter, (*s.tiles)[k], picture, picture.width() + s.gap - spacing);
    if (!s.marker) continue;
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
  state_->dragged = state_->tile_at(event->pos());
  state_->last_mouse = event->pos();
}

void FieldView::mouseMoveEvent(QMouseEvent* event) {
  State& s = *state_;
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
  state_->dragged.reset();
}

void FieldView::mouseDoubleClickEvent(QMouseEvent* event) {
  if (state_->tile_at(event->pos())) reset_camera();
}

void FieldView::wheelEvent(QWheelEvent* event) {
  State& s = *state_;
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
  FieldCamera& camera = state_->camera;
  const auto move = [&](double x, double y) {
    if (state_->mode == FieldMode::surface)
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
