#include "widgets/field_lines.h"

#include "widgets/plot_style.h"
#include "widgets/qcustomplot_header.h"
#include "widgets/theme.h"

#include <QMouseEvent>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace halfwave::widgets {
namespace {

void fill(QCPGraph& graph, const Field& field) {
  const auto count = static_cast<int>(field.values.size());
  QVector<double> x(count), y(count);
  for (int i = 0; i < count; ++i) {
    x[i] = (i + 0.5) / count;
    // A gap in the curve where there is no number.
    const double value = field.values[static_cast<std::size_t>(i)];
    y[i] = std::isfinite(value) ? value : std::nan("");
  }
  graph.setData(x, y, true);
}

}  // namespace

FieldLines::FieldLines(QWidget* parent) : QWidget(parent), plot_(new QCustomPlot(this)) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(plot_);
  plot_->setObjectName(QStringLiteral("field_lines_plot"));
  plot_->plotLayout()->clear();
  upper_ = new QCPAxisRect(plot_);
  lower_ = new QCPAxisRect(plot_);
  plot_->plotLayout()->addElement(0, 0, upper_);
  plot_->plotLayout()->addElement(1, 0, lower_);
  auto* group = new QCPMarginGroup(plot_);
  for (QCPAxisRect* rect : {upper_, lower_}) {
    rect->setMarginGroup(QCP::msLeft | QCP::msRight, group);
    rect->setRangeDrag(Qt::Horizontal | Qt::Vertical);
    rect->setRangeZoom(Qt::Horizontal);
  }
  connect(upper_->axis(QCPAxis::atBottom), qOverload<const QCPRange&>(&QCPAxis::rangeChanged),
          lower_->axis(QCPAxis::atBottom), qOverload<const QCPRange&>(&QCPAxis::setRange));
  connect(lower_->axis(QCPAxis::atBottom), qOverload<const QCPRange&>(&QCPAxis::rangeChanged),
          upper_->axis(QCPAxis::atBottom), qOverload<const QCPRange&>(&QCPAxis::setRange));
  lower_->axis(QCPAxis::atBottom)->setLabel(tr("x"));
  const auto add = [&](QCPAxisRect* rect, const QString& name) {
    QCPGraph* graph = plot_->addGraph(rect->axis(QCPAxis::atBottom), rect->axis(QCPAxis::atLeft));
    graph->setName(name);
    return graph;
  };
  input_ = add(upper_, tr("input"));
  truth_ = add(lower_, tr("truth"));
  prediction_ = add(lower_, tr("prediction"));
  error_ = add(lower_, tr("error"));
  auto* legend = new QCPLegend;
  lower_->insetLayout()->addElement(legend, Qt::AlignTop | Qt::AlignRight);
  legend->setLayer(QStringLiteral("legend"));
  for (QCPGraph* graph : {truth_, prediction_, error_}) graph->addToLegend(legend);
  plot_->legend = legend;
  plot_->setInteractions(QCP::iRangeDrag | QCP::iRangeZoom);
  plot_->installEventFilter(this);
  connect(plot_, &QCustomPlot::mouseDoubleClick, this, &FieldLines::reset_view);
  connect(&theme_notifier(), &ThemeNotifier::changed, this, &FieldLines::recolour);
  recolour();
}

void FieldLines::set_labels(const QString& input, const QString& output) {
  upper_->axis(QCPAxis::atLeft)->setLabel(input);
  lower_->axis(QCPAxis::atLeft)->setLabel(output);
  plot_->replot(QCustomPlot::rpQueuedReplot);
}

void FieldLines::set_fields(const Field& input, const Field& truth, const Field& prediction,
                            const Field& error) {
  fill(*input_, input);
  fill(*truth_, truth);
  fill(*prediction_, prediction);
  fill(*error_, error);
  const bool new_grid = count_ != static_cast<int>(truth.values.size());
  count_ = static_cast<int>(truth.values.size());
  // What has no values is not named in the legend.
  for (QCPGraph* graph : {truth_, prediction_, error_}) {
    graph->removeFromLegend(plot_->legend);
    if (!graph->data()->isEmpty()) graph->addToLegend(plot_->legend);
  }
  plot_->legend->setVisible(plot_->legend->itemCount() > 1);
  if (new_grid) lower_->axis(QCPAxis::atBottom)->setRange(0.0, 1.0);
  for (QCPAxisRect* rect : {upper_, lower_}) {
    QCPAxis* axis = rect->axis(QCPAxis::atLeft);
    axis->rescale();
    const double margin = std::max(0.05 * axis->range().size(), 1e-12);
    axis->setRange(axis->range().lower - margin, axis->range().upper + margin);
  }
  plot_->replot(QCustomPlot::rpQueuedReplot);
}

void FieldLines::reset_view() {
  lower_->axis(QCPAxis::atBottom)->setRange(0.0, 1.0);
  plot_->replot(QCustomPlot::rpQueuedReplot);
}

bool FieldLines::eventFilter(QObject* object, QEvent* event) {
  if (object == plot_ && event->type() == QEvent::Leave) Q_EMIT hovered(-1);
  if (object == plot_ && event->type() == QEvent::MouseMove && count_ > 0) {
    const QPoint at = static_cast<QMouseEvent*>(event)->pos();
    const double x = lower_->axis(QCPAxis::atBottom)->pixelToCoord(at.x());
    const bool inside = x >= 0.0 && x <= 1.0 && (upper_->rect().contains(at) || lower_->rect().contains(at));
    Q_EMIT hovered(inside ? std::min(static_cast<int>(x * count_), count_ - 1) : -1);
  }
  return QWidget::eventFilter(object, event);
}

void FieldLines::recolour() {
  const ThemeColours& colours = theme_colours();
  plot_->setBackground(QBrush(colours.plot_background));
  const QPen axis_pen = curve_pen(colours.plot_axis, 1);
  for (QCPAxisRect* rect : {upper_, lower_})
    for (QCPAxis* axis : rect->axes()) {
      axis->setBasePen(axis_pen);
      axis->setTickPen(axis_pen);
      axis->setSubTickPen(axis_pen);
      axis->setTickLabelColor(colours.plot_text);
      axis->setLabelColor(colours.plot_text);
      axis->setTickLabelFont(font());
      axis->setLabelFont(font());
      axis->grid()->setPen(curve_pen(colours.plot_grid, 1));
      axis->grid()->setZeroLinePen(curve_pen(colours.plot_grid, 1));
    }
  input_->setPen(curve_pen(series_colour(2)));
  truth_->setPen(curve_pen(series_colour(0)));
  prediction_->setPen(curve_pen(series_colour(1), 1.6, Qt::DashLine));
  error_->setPen(curve_pen(series_colour(6), 1.2, Qt::DotLine));
  plot_->legend->setFont(font());
  plot_->legend->setBrush(QBrush(colours.panel));
  plot_->legend->setBorderPen(QPen(colours.border));
  plot_->legend->setTextColor(colours.plot_text);
  plot_->replot(QCustomPlot::rpQueuedReplot);
}

}  // namespace halfwave::widgets
