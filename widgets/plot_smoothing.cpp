#include "widgets/plot_smoothing.h"

#include "widgets/plot_style.h"
#include "widgets/qcustomplot_header.h"
#include "widgets/theme.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>

namespace halfwave::widgets {
namespace {

constexpr double pale = 0.35;
constexpr double band_opacity = 0.16;

QVector<QCPGraphData> points_of(const PlotSeries& series, const CurveView& view) {
  const auto points = series.decimated(view.from, view.to, view.buckets);
  QVector<QCPGraphData> shown;
  shown.reserve(static_cast<qsizetype>(points.x.size()));
  for (std::size_t i = 0; i < points.x.size(); ++i) {
    if (view.log_x && points.x[i] <= 0) continue;
    shown.append({points.x[i], view.log_y && points.y[i] <= 0 ? qQNaN() : points.y[i]});
  }
  return shown;
}

QCPGraph* graph_behind(QCustomPlot& plot) {
  QCPGraph* graph = plot.addGraph();
  graph->setAdaptiveSampling(false);
  graph->setLayer(QStringLiteral("behind"));
  return graph;
}

}  // namespace

SmoothedSeries smoothed(const PlotSeries& series, int window) {
  SmoothedSeries out;
  const auto& x = series.x();
  const auto& y = series.y();
  const std::size_t n = y.size(), half = static_cast<std::size_t>(std::max(window, 1)) / 2;
  const std::size_t after = static_cast<std::size_t>(std::max(window, 1)) - 1 - half;
  std::deque<std::size_t> least, greatest;  // indices whose values rise, and fall
  long double sum = 0;
  std::size_t count = 0, next = 0, first = 0;
  for (std::size_t i = 0; i < n; ++i) {
    for (; next < std::min(n, i + after + 1); ++next) {
      if (!std::isfinite(y[next])) continue;
      sum += y[next];
      ++count;
      while (!least.empty() && y[least.back()] >= y[next]) least.pop_back();
      while (!greatest.empty() && y[greatest.back()] <= y[next]) greatest.pop_back();
      least.push_back(next);
      greatest.push_back(next);
    }
    for (; first + half < i; ++first) {
      if (!std::isfinite(y[first])) continue;
      sum -= y[first];
      --count;
      if (least.front() == first) least.pop_front();
      if (greatest.front() == first) greatest.pop_front();
    }
    constexpr double gap = std::numeric_limits<double>::quiet_NaN();
    const bool known = std::isfinite(y[i]) && count > 0;
    out.mean.append(x[i], known ? static_cast<double>(sum / static_cast<long double>(count)) : gap);
    out.low.append(x[i], known ? y[least.front()] : gap);
    out.high.append(x[i], known ? y[greatest.front()] : gap);
  }
  return out;
}

const SmoothedSeries& SmoothingCache::of(const PlotSeries& series, int window) {
  if (window_ != window || revision_ != series.revision()) {
    smooth_ = smoothed(series, window);
    window_ = window;
    revision_ = series.revision();
  }
  return smooth_;
}

int SmoothedCurve::draw(QCustomPlot& plot, QCPGraph& graph, const PlotSeries& series, const CurveView& view) {
  if (view.window <= 1) {
    hide();
    const auto shown = points_of(series, view);
    graph.data()->set(shown, true);
    return static_cast<int>(shown.size());
  }
  if (!raw_) {
    low_ = graph_behind(plot);
    high_ = graph_behind(plot);
    raw_ = graph_behind(plot);
  }
  const SmoothedSeries& smooth = cache_.of(series, view.window);
  const auto shown = points_of(smooth.mean, view);
  graph.data()->set(shown, true);
  const QPen pen = graph.pen();
  raw_->data()->set(points_of(series, view), true);
  raw_->setPen(curve_pen(blend(pen.color(), theme_colours().plot_background, pale), 1.0));
  raw_->setVisible(true);
  for (QCPGraph* edge : {low_, high_}) {
    edge->setPen(Qt::NoPen);
    edge->setVisible(view.band);
  }
  if (view.band) {
    low_->data()->set(points_of(smooth.low, view), true);
    high_->data()->set(points_of(smooth.high, view), true);
    QColor fill = pen.color();
    fill.setAlphaF(static_cast<float>(band_opacity));
    high_->setBrush(fill);
    high_->setChannelFillGraph(low_);
  }
  return static_cast<int>(shown.size());
}

void SmoothedCurve::hide() {
  for (QCPGraph* graph : {raw_, low_, high_})
    if (graph) graph->setVisible(false);
}

void SmoothedCurve::remove(QCustomPlot& plot) {
  for (QCPGraph** graph : {&raw_, &high_, &low_}) {
    if (*graph) plot.removeGraph(*graph);
    *graph = nullptr;
  }
}

}  // namespace halfwave::widgets
