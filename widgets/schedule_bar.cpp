#include "widgets/schedule_bar.h"

#include "widgets/policy_colours.h"
#include "widgets/policy_text.h"
#include "widgets/qcustomplot_header.h"
#include "widgets/schedule_math.h"
#include "widgets/theme.h"

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>
#include <cmath>

namespace halfwave::widgets {
namespace {

constexpr double edit_pixels = 5;
constexpr double to_come = 0.35;  ///< opacity of what is not done yet
constexpr int tick = 4;           ///< height of an edit's head over the bar

}  // namespace

ScheduleBar::ScheduleBar(QWidget* parent) : QWidget(parent) {
  setAccessibleName(tr("Schedule of the run"));
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  setMouseTracking(true);
  connect(&theme_notifier(), &ThemeNotifier::changed, this, qOverload<>(&QWidget::update));
  refresh();
}

QSize ScheduleBar::sizeHint() const {
  return {120, fontMetrics().height() + tick + 2 * spacing_small};
}

void ScheduleBar::follow(QCustomPlot& plot) {
  plot_ = &plot;
  connect(&plot, &QCustomPlot::afterReplot, this, qOverload<>(&QWidget::update));
}

void ScheduleBar::set_schedule(const std::vector<SchedulePhase>& phases, const SchedulePhase& constant,
                               int epochs) {
  if (phases == phases_ && constant == constant_ && epochs == epochs_) return;
  phases_ = phases;
  constant_ = constant;
  epochs_ = std::max(0, epochs);
  refresh();
}

void ScheduleBar::set_done(double epoch) {
  done_ = epoch;
  update();
}

void ScheduleBar::add_edit(double epoch, const QString& text, const QString& full) {
  for (const auto& edit : edits_)
    if (edit.epoch == epoch && edit.text == text) return;
  edits_.push_back({epoch, text, full});
  refresh();
}

void ScheduleBar::clear_run() {
  edits_.clear();
  done_ = 0;
  refresh();
}

void ScheduleBar::refresh() {
  setVisible(epochs_ > 0 && (has_schedule() || !edits_.empty()));
  QString said;
  for (const auto& stretch : stretches())
    said += tr("epochs %1: %2. ")
                .arg(epochs_text(static_cast<int>(stretch.from), static_cast<int>(stretch.to)),
                     phase_label(*stretch.phase));
  setAccessibleDescription(said + tr("Edits made by hand: %1.").arg(edit_count()));
  update();
  Q_EMIT changed();
}

std::vector<ScheduleBar::Stretch> ScheduleBar::stretches() const {
  if (phases_.empty()) return {{0.0, static_cast<double>(epochs_), &constant_}};
  const auto bounds = phase_bounds(phases_, epochs_);
  std::vector<Stretch> list;
  for (std::size_t i = 0; i < phases_.size(); ++i)
    list.push_back({static_cast<double>(bounds[i]), static_cast<double>(bounds[i + 1]), &phases_[i]});
  return list;
}

double ScheduleBar::x_of(double epoch) const {
  if (!plot_) return epochs_ > 0 ? epoch / epochs_ * width() : 0;
  const QPoint origin = plot_->mapTo(window(), QPoint()) - mapTo(window(), QPoint());
  return plot_->xAxis->coordToPixel(epoch) + origin.x();
}

void ScheduleBar::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const auto& colours = theme_colours();
  painter.fillRect(rect(), colours.plot_background);
  QRectF area(0, tick + 1, width(), height() - tick - spacing_small);
  if (plot_) {
    const QRect axes = plot_->axisRect()->rect();
    const QPoint origin = plot_->mapTo(window(), QPoint()) - mapTo(window(), QPoint());
    area.setLeft(axes.left() + origin.x());
    area.setRight(axes.right() + 1 + origin.x());
  }
  painter.save();
  painter.setClipRect(area.adjusted(0, -tick - 1, 1, 1));
  const double done = std::clamp(x_of(done_), area.left(), area.right());
  for (const auto& stretch : stretches()) {
    const double left = std::max(x_of(stretch.from), area.left()),
                 right = std::min(x_of(stretch.to), area.right());
    if (right <= left) continue;
    const QRectF part(left, area.top(), right - left, area.height());
    const bool edited = !stretch.phase->overrides.empty();
    painter.setOpacity(to_come);
    fill_policy(painter, part, stretch.phase->preset, edited);
    painter.setOpacity(1.0);
    if (done > left)
      fill_policy(painter, QRectF(part.topLeft(), QPointF(std::min(done, right), part.bottom())),
                  stretch.phase->preset, edited);
    painter.setPen(QPen(colours.plot_axis, 1));
    painter.drawRect(part.adjusted(0.5, 0.5, -0.5, -0.5));
    draw_policy_name(painter, part, phase_label(*stretch.phase), colours.text);
  }
  if (done > area.left() && done < area.right())
    painter.fillRect(QRectF(done - 1, area.top(), 2, area.height()), colours.text);
  painter.setRenderHint(QPainter::Antialiasing);
  for (const auto& edit : edits_) {
    const double x = x_of(edit.epoch);
    if (x < area.left() || x > area.right()) continue;
    painter.setPen(QPen(colours.accent, 2));
    painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()));
    painter.setPen(Qt::NoPen);
    painter.setBrush(colours.accent);
    painter.drawPolygon(QPolygonF(
        {QPointF(x - 4, area.top() - tick), QPointF(x + 4, area.top() - tick), QPointF(x, area.top() + 2)}));
  }
  painter.restore();
}

QString ScheduleBar::tip_at(double x) const {
  const Edit* near = nullptr;
  for (const auto& edit : edits_)
    if (std::abs(x_of(edit.epoch) - x) <= edit_pixels &&
        (!near || std::abs(x_of(edit.epoch) - x) < std::abs(x_of(near->epoch) - x)))
      near = &edit;
  if (near)
    return tr("Edited by hand in epoch %1:\n%2")
        .arg(static_cast<int>(std::floor(near->epoch)) + 1)
        .arg(near->full);
  for (const auto& stretch : stretches()) {
    if (x < x_of(stretch.from) || x > x_of(stretch.to)) continue;
    QString tip = tr("%1, epochs %2")
                      .arg(phase_label(*stretch.phase),
                           epochs_text(static_cast<int>(stretch.from), static_cast<int>(stretch.to)));
    if (has_schedule()) tip += tr(" (%1 % of them)").arg(stretch.phase->fraction * 100, 0, 'g', 4);
    for (const auto& change : stretch.phase->overrides)
      tip += QStringLiteral("\n%1 %2 = %3")
                 .arg(QString::fromStdString(change.layer),
                      QString::fromStdString(change.stage).replace(u'_', u' '),
                      QString::fromStdString(change.value));
    return tip;
  }
  return {};
}

bool ScheduleBar::event(QEvent* event) {
  if (event->type() != QEvent::ToolTip) return QWidget::event(event);
  const auto* help = static_cast<QHelpEvent*>(event);
  const QString tip = tip_at(help->pos().x());
  if (tip.isEmpty())
    QToolTip::hideText();
  else
    QToolTip::showText(help->globalPos(), tip, this);
  return true;
}

}  // namespace halfwave::widgets
