#include "widgets/memory_plot.h"

#include "widgets/plot_legend.h"
#include "widgets/plot_marks.h"
#include "widgets/plot_series.h"
#include "widgets/plot_style.h"
#include "widgets/plot_ticker.h"
#include "widgets/qcustomplot_header.h"
#include "widgets/theme.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace halfwave::widgets {
namespace {

constexpr double mib = 1024.0 * 1024.0;
constexpr double mark_pixels = 6;
constexpr std::size_t parts = counted_categories.size();
const QString peak_key = QStringLiteral("peak");

QString key_of(std::size_t part) {
  return QStringLiteral("part%1").arg(part);
}

QString label_of(std::size_t part) {
  static const std::array<QString, parts> labels = {
      MemoryPlot::tr("weights"), MemoryPlot::tr("gradients"), MemoryPlot::tr("optimiser state"),
      MemoryPlot::tr("saved activations"), MemoryPlot::tr("scratch")};
  return labels[part];
}

QString mib_text(double value) {
  return MemoryPlot::tr("%1 MiB").arg(plain_number(value));
}

}  // namespace

struct MemoryPlot::Impl {
  explicit Impl(QCustomPlot& plot) : marks(plot) {}

  PlotMarks marks;
  std::array<PlotSeries, parts> live;
  PlotSeries peak;
  std::array<QCPGraph*, parts> graphs{};
  QCPGraph* base = nullptr;
  QCPGraph* peak_graph = nullptr;
};

MemoryPlot::MemoryPlot(QWidget* parent) : PlotView(parent), impl_(std::make_unique<Impl>(*plot())) {
  setAccessibleName(tr("Memory"));
  plot()->setAccessibleName(tr("Memory in MiB by use, over optimiser steps"));
  plot()->xAxis->setLabel(tr("step"));
  plot()->yAxis->setLabel(tr("memory (MiB)"));
  plot()->xAxis->setTicker(QSharedPointer<QCPAxisTicker>(new LinearTicker(true, 1.0)));
  plot()->yAxis->setTicker(QSharedPointer<QCPAxisTicker>(new LinearTicker));
  const auto add_graph = [this] {
    auto* graph = plot()->addGraph();
    graph->setAdaptiveSampling(false);
    graph->setLineStyle(QCPGraph::lsStepLeft);
    return graph;
  };
  impl_->base = add_graph();
  impl_->base->setPen(Qt::NoPen);
  for (auto& graph : impl_->graphs) graph = add_graph();
  impl_->peak_graph = add_graph();
  clear();
}

MemoryPlot::~MemoryPlot() = default;

void MemoryPlot::add(const MemoryEvent& event) {
  const auto step = static_cast<double>(event.step);
  for (std::size_t i = 0; i < parts; ++i)
    impl_->live[i].append(step, static_cast<double>(event.report.live_of(counted_categories[i])) / mib);
  impl_->peak.append(step, static_cast<double>(event.report.peak_total) / mib);
  set_hint({});
  schedule_replot();
}

void MemoryPlot::add_mark(std::int64_t step, const QString& text, const QString& full) {
  impl_->marks.add(static_cast<double>(step), text, full);
  schedule_replot();
}

void MemoryPlot::clear() {
  impl_->marks.clear();
  for (auto& series : impl_->live) series.clear();
  impl_->peak.clear();
  set_hint(tr("The memory of a run appears here when it starts."));
  reset_view();
}

void MemoryPlot::update_plottables() {
  PlotSeries total;
  const auto& steps = impl_->peak.x();
  for (std::size_t i = 0; i < steps.size(); ++i) {
    double sum = 0;
    for (std::size_t part = 0; part < parts; ++part)
      if (legend()->is_on(key_of(part))) sum += impl_->live[part].y()[i];
    total.append(steps[i], sum);
  }
  const QCPRange range = plot()->xAxis->range();
  const auto shown = total.decimated_indices(range.lower - range.size(), range.upper + range.size(),
                                             3 * std::max(200, plot()->axisRect()->width()));
  // A value holds until the next one is known, the last for one step more.
  const auto fill = [&](QCPGraph* graph, const auto& value_at) {
    QVector<QCPGraphData> points;
    points.reserve(static_cast<qsizetype>(shown.size()) + 1);
    for (const auto i : shown) points.append({steps[i], value_at(i)});
    if (!shown.empty()) points.append({steps[shown.back()] + 1, value_at(shown.back())});
    graph->data()->set(points, true);
  };
  fill(impl_->base, [](std::size_t) { return 0.0; });
  std::vector<double> below(steps.size(), 0.0);
  QCPGraph* under = impl_->base;
  for (std::size_t part = 0; part < parts; ++part) {
    auto* graph = impl_->graphs[part];
    const bool on = legend()->is_on(key_of(part));
    graph->setVisible(on);
    if (!on) continue;
    for (const auto i : shown) below[i] += impl_->live[part].y()[i];
    fill(graph, [&](std::size_t i) { return below[i]; });
    graph->setChannelFillGraph(under);
    under = graph;
  }
  impl_->peak_graph->setVisible(legend()->is_on(peak_key));
  fill(impl_->peak_graph, [this](std::size_t i) { return impl_->peak.y()[i]; });
  impl_->marks.arrange();
}

void MemoryPlot::fit_axes() {
  const auto& steps = impl_->peak.x();
  double high = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    double sum = 0;
    for (std::size_t part = 0; part < parts; ++part)
      if (legend()->is_on(key_of(part))) sum += impl_->live[part].y()[i];
    high = std::max(high, sum);
    if (legend()->is_on(peak_key)) high = std::max(high, impl_->peak.y()[i]);
  }
  const double left = steps.empty() ? 0 : steps.front();
  plot()->xAxis->setRange(left, steps.empty() ? 1 : steps.back() + 1);
  plot()->yAxis->setRange(0, high > 0 ? high * 1.08 : 1);
}

std::vector<PlotColumn> MemoryPlot::columns() const {
  std::vector<PlotColumn> all;
  const QString name = tr("%1 (MiB)");
  for (std::size_t part = 0; part < parts; ++part)
    if (legend()->is_on(key_of(part))) all.push_back({name.arg(label_of(part)), impl_->live[part]});
  if (legend()->is_on(peak_key)) all.push_back({name.arg(tr("peak so far")), impl_->peak});
  return all;
}

QVector<ReadoutRow> MemoryPlot::values_at(double x, QString& title) const {
  QVector<ReadoutRow> rows;
  if (impl_->peak.empty()) return rows;
  const auto i = impl_->peak.nearest(x);
  title = tr("step %1").arg(static_cast<qint64>(impl_->peak.x()[i]));
  double total = 0;
  for (std::size_t part = parts; part-- > 0;) {
    if (!legend()->is_on(key_of(part))) continue;
    total += impl_->live[part].y()[i];
    rows.append({series_colour(part), label_of(part), mib_text(impl_->live[part].y()[i])});
  }
  rows.append({theme_colours().text, tr("shown in all"), mib_text(total)});
  rows.append({theme_colours().muted_text, tr("peak so far"), mib_text(impl_->peak.y()[i])});
  if (const auto* mark = impl_->marks.near(x, mark_pixels))
    rows.append({theme_colours().muted_text, mark->full, {}});
  return rows;
}

void MemoryPlot::apply_colours() {
  const auto& colours = theme_colours();
  for (std::size_t part = 0; part < parts; ++part) {
    const QColor colour = series_colour(part);
    const QPen pen = curve_pen(colour, 1);
    const QColor fill = blend(colour, colours.plot_background, 0.6);
    impl_->graphs[part]->setPen(pen);
    impl_->graphs[part]->setBrush(fill);
    legend()->set_entry(key_of(part), label_of(part), {pen, fill});
  }
  const QPen peak = curve_pen(colours.text, 1.4, Qt::DashLine);
  impl_->peak_graph->setPen(peak);
  legend()->set_entry(peak_key, tr("peak so far"), {peak, {}},
                      tr("The most that the five uses had together at one moment."));
  impl_->marks.apply_colours();
}

}  // namespace halfwave::widgets
