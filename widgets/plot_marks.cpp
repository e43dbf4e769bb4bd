#include "widgets/plot_marks.h"

#include "widgets/plot_style.h"
#include "widgets/qcustomplot_header.h"
#include "widgets/theme.h"

#include <QFontMetrics>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace halfwave::widgets {
namespace {
constexpr int text_rows = 3;
}

PlotMarks::PlotMarks(QCustomPlot& plot) : plot_(plot) {
  plot_.addLayer(QStringLiteral("marks"), plot_.layer(QStringLiteral("grid")), QCustomPlot::limAbove);
}

void PlotMarks::add(double x, const QString& text, const QString& full) {
  for (const auto& known : marks_)
    if (known.given == x && known.text == text) return;
  Mark mark{x, text, full.isEmpty() ? text : full, new QCPItemStraightLine(&plot_), new QCPItemText(&plot_),
            x};
  mark.line->setLayer(QStringLiteral("marks"));
  mark.line->setSelectable(false);
  mark.line->point2->setTypeY(QCPItemPosition::ptAxisRectRatio);
  mark.line->point1->setTypeY(QCPItemPosition::ptAxisRectRatio);
  mark.line->point1->setCoords(x, 0);
  mark.line->point2->setCoords(x, 1);
  mark.label->setText(text);
  mark.label->setSelectable(false);
  mark.label->setLayer(QStringLiteral("axes"));
  mark.label->setPadding({3, 1, 3, 1});
  mark.label->position->setTypeY(QCPItemPosition::ptAxisRectRatio);
  marks_.push_back(mark);
  apply_colours();
}

void PlotMarks::move(const std::function<double(double)>& place) {
  for (Mark& mark : marks_) {
    mark.x = place(mark.given);
    mark.line->point1->setCoords(mark.x, 0);
    mark.line->point2->setCoords(mark.x, 1);
  }
}

void PlotMarks::clear() {
  for (const auto& mark : marks_) {
    plot_.removeItem(mark.line);
    plot_.removeItem(mark.label);
  }
  marks_.clear();
}

void PlotMarks::apply_colours() {
  const auto& colours = theme_colours();
  for (const auto& mark : marks_) {
    mark.line->setPen(curve_pen(colours.muted_text, 1, Qt::DashLine));
    mark.label->setColor(colours.muted_text);
    mark.label->setFont(plot_.font());
    QColor ground = colours.plot_background;
    ground.setAlphaF(0.8f);
    mark.label->setBrush(ground);
  }
}

void PlotMarks::arrange() {
  const QRect area = plot_.axisRect()->rect();
  const QFontMetrics metrics(plot_.font());
  const double row_height = metrics.height() + 4;
  std::vector<std::size_t> order(marks_.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(),
                   [this](std::size_t a, std::size_t b) { return marks_[a].x < marks_[b].x; });
  std::array<double, text_rows> taken;
  taken.fill(-1e9);
  for (const auto i : order) {
    const auto& mark = marks_[i];
    const double pixel = plot_.xAxis->coordToPixel(mark.x);
    const double width = metrics.horizontalAdvance(mark.text) + 8;
    const bool left_of_line = pixel + width > area.right() && pixel - width > area.left();
    // Where a text fits on neither side it is moved, so that it can be read whole.
    const bool moved = !left_of_line && pixel + width > area.right();
    const double left = left_of_line ? pixel - width
                        : moved      ? std::max<double>(area.left(), area.right() - width)
                                     : pixel;
    bool placed = false;
    if (pixel >= area.left() && pixel <= area.right())
      for (std::size_t row = 0; row < text_rows && !placed; ++row) {
        if (left < taken[row]) continue;
        taken[row] = left + width;
        mark.label->setPositionAlignment((left_of_line ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignTop);
        const double top = (static_cast<double>(row) * row_height + 2) / std::max(1, area.height());
        mark.label->position->setCoords(moved ? plot_.xAxis->pixelToCoord(left) : mark.x, top);
        placed = true;
      }
    mark.label->setVisible(placed);
  }
}

const PlotMarks::Mark* PlotMarks::near(double x, double pixels) const {
  const double at = plot_.xAxis->coordToPixel(x);
  const Mark* found = nullptr;
  for (const auto& mark : marks_) {
    const double distance = std::abs(plot_.xAxis->coordToPixel(mark.x) - at);
    if (distance > pixels) continue;
    pixels = distance;
    found = &mark;
  }
  return found;
}

}  // namespace halfwave::widgets
