#include "widgets/schedule_strip.h"

#include "widgets/policy_colours.h"
#include "widgets/policy_text.h"
#include "widgets/schedule_math.h"
#include "widgets/theme.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>
#include <cmath>

namespace halfwave::widgets {
namespace {

constexpr double grip_pixels = 5;
// Up to here an edge moves by whole epochs, beyond it by whole per cent.
constexpr int epochs_to_snap_to = 200;

}  // namespace

ScheduleStrip::ScheduleStrip(QWidget* parent) : QWidget(parent) {
  setMouseTracking(true);
  setFocusPolicy(Qt::StrongFocus);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  setAccessibleName(tr("Phases of the schedule"));
  setAccessibleDescription(tr("Left and Right select a phase, Ctrl+Left and Ctrl+Right move its end."));
  connect(&theme_notifier(), &ThemeNotifier::changed, this, qOverload<>(&QWidget::update));
}

void ScheduleStrip::set_phases(const std::vector<SchedulePhase>& phases, int epochs) {
  phases_ = phases;
  epochs_ = std::max(1, epochs);
  update();
}

void ScheduleStrip::set_selected(int phase) {
  selected_ = phase;
  update();
}

void ScheduleStrip::set_read_only(bool read_only) {
  read_only_ = read_only;
  unsetCursor();
  update();
}

QRectF ScheduleStrip::bar() const {
  return QRectF(rect()).adjusted(2, 2, -2, -2);
}

/// Pixels of a whole; what is more than a whole is drawn to scale, too.
double ScheduleStrip::scale() const {
  return bar().width() / std::max(1.0, sum_of_fractions(phases_));
}

int ScheduleStrip::boundary_x(std::size_t phase) const {
  double end = 0;
  for (std::size_t i = 0; i <= phase && i < phases_.size(); ++i) end += phases_[i].fraction;
  return static_cast<int>(std::lround(bar().left() + end * scale()));
}

int ScheduleStrip::phase_under(double x) const {
  for (std::size_t i = 0; i < phases_.size(); ++i)
    if (x < boundary_x(i)) return static_cast<int>(i);
  return static_cast<int>(phases_.size()) - 1;
}

int ScheduleStrip::edge_under(double x) const {
  for (std::size_t i = 0; i + 1 < phases_.size(); ++i)
    if (std::abs(x - boundary_x(i)) <= grip_pixels) return static_cast<int>(i);
  return -1;
}

double ScheduleStrip::snap() const {
  return epochs_ <= epochs_to_snap_to ? 1.0 / epochs_ : 0.01;
}

void ScheduleStrip::move_edge(int edge, double position) {
  const double step = snap();
  const auto before = phases_;
  move_boundary(phases_, static_cast<std::size_t>(edge), std::round(position / step) * step,
                std::min(step, 0.01));
  if (phases_ == before) return;
  update();
  Q_EMIT phases_moved(phases_);
}

void ScheduleStrip::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing, false);
  const auto& colours = theme_colours();
  const QRectF area = bar();
  painter.fillRect(area, colours.panel);
  painter.fillRect(area, QBrush(colours.border, Qt::FDiagPattern));
  double left = area.left();
  for (std::size_t i = 0; i < phases_.size(); ++i) {
    const auto& phase = phases_[i];
    const double right = std::min<double>(boundary_x(i), area.right());
    const QRectF part(left, area.top(), std::max(0.0, right - left), area.height());
    fill_policy(painter, part, phase.preset, !phase.overrides.empty());
    draw_policy_name(painter, part, phase_label(phase), read_only_ ? colours.muted_text : colours.text);
    if (i + 1 < phases_.size())
      painter.fillRect(QRectF(right - 1, area.top(), 2, area.height()), colours.text);
    left = right;
  }
  painter.setPen(QPen(colours.border, 1));
  painter.setBrush(Qt::NoBrush);
  painter.drawRect(area);
  if (selected_ >= 0 && static_cast<std::size_t>(selected_) < phases_.size()) {
    const auto index = static_cast<std::size_t>(selected_);
    const double from = index > 0 ? boundary_x(index - 1) : area.left();
    painter.setPen(QPen(hasFocus() ? colours.accent : colours.text, 2));
    painter.drawRect(QRectF(from, area.top(), boundary_x(index) - from, area.height()));
  }
}

void ScheduleStrip::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton || phases_.empty()) return;
  dragged_ = read_only_ ? -1 : edge_under(event->position().x());
  if (dragged_ < 0) Q_EMIT phase_selected(phase_under(event->position().x()));
}

void ScheduleStrip::mouseMoveEvent(QMouseEvent* event) {
  if (dragged_ >= 0) {
    move_edge(dragged_, (event->position().x() - bar().left()) / scale());
    return;
  }
  if (!read_only_ && edge_under(event->position().x()) >= 0)
    setCursor(Qt::SplitHCursor);
  else
    unsetCursor();
}

void ScheduleStrip::mouseReleaseEvent(QMouseEvent*) {
  dragged_ = -1;
}

void ScheduleStrip::keyPressEvent(QKeyEvent* event) {
  const int direction = event->key() == Qt::Key_Left ? -1 : event->key() == Qt::Key_Right ? 1 : 0;
  if (direction == 0 || phases_.empty()) {
    QWidget::keyPressEvent(event);
    return;
  }
  const int last = static_cast<int>(phases_.size()) - 1;
  if (event->modifiers().testFlag(Qt::ControlModifier)) {
    if (read_only_ || selected_ < 0 || selected_ >= last) return;
    double end = 0;
    for (int i = 0; i <= selected_; ++i) end += phases_[static_cast<std::size_t>(i)].fraction;
    move_edge(selected_, end + direction * snap());
  } else {
    Q_EMIT phase_selected(std::clamp(selected_ + direction, 0, last));
  }
}

bool ScheduleStrip::event(QEvent* event) {
  if (event->type() == QEvent::ToolTip && !phases_.empty()) {
    const auto* help = static_cast<QHelpEvent*>(event);
    const auto index = static_cast<std::size_t>(std::max(0, phase_under(help->pos().x())));
    const auto bounds = phase_bounds(phases_, epochs_);
    const auto& phase = phases_[index];
    QToolTip::showText(help->globalPos(),
                       tr("Phase %1: %2, %3 % of the epochs (epochs: %4)\nDrag an edge to move it.")
                           .arg(index + 1)
                           .arg(phase_label(phase))
                           .arg(phase.fraction * 100, 0, 'g', 4)
                           .arg(epochs_text(bounds[index], bounds[index + 1])),
                       this);
    return true;
  }
  return QWidget::event(event);
}

}  // namespace halfwave::widgets
