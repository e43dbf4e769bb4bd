#include "widgets/compare_lines.h"

#include "widgets/colormap.h"
#include "widgets/compare_run.h"
#include "widgets/plot_legend.h"
#include "widgets/plot_series.h"
#include "widgets/plot_style.h"
#include "widgets/plot_ticker.h"
#include "widgets/qcustomplot_header.h"
#include "widgets/theme.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace halfwave::widgets {
namespace {

QString key_of(std::size_t run) {
  return QStringLiteral("run%1").arg(run);
}

}  // namespace

struct CompareLines::Impl {
  Field truth;
  std::vector<Line> lines;
  QCPGraph* truth_graph = nullptr;
  std::vector<QCPGraph*> graphs;
};

CompareLines::CompareLines(QWidget* parent) : PlotView(parent), impl_(std::make_unique<Impl>()) {
  setAccessibleName(tr("Truth and predictions of all variants"));
  plot()->setMinimumSize(60, 40);  // never without an area, also before it is laid out
  plot()->xAxis->setLabel(tr("x (–)"));
  plot()->xAxis->setTicker(QSharedPointer<QCPAxisTicker>(new LinearTicker));
  plot()->yAxis->setTicker(QSharedPointer<QCPAxisTicker>(new LinearTicker));
  impl_->truth_graph = plot()->addGraph();
}

CompareLines::~CompareLines() = default;

void CompareLines::set_lines(const Field& truth, std::vector<Line> lines, const QString& label) {
  for (std::size_t k = lines.size(); k < impl_->graphs.size(); ++k) {
    plot()->removeGraph(impl_->graphs[k]);
    legend()->remove_entry(key_of(impl_->lines[k].run));
  }
  impl_->graphs.resize(std::min(impl_->graphs.size(), lines.size()));
  while (impl_->graphs.size() < lines.size()) impl_->graphs.push_back(plot()->addGraph());
  impl_->truth = truth;
  impl_->lines = std::move(lines);
  plot()->yAxis->setLabel(label);
  apply_colours();
  schedule_replot();
}

std::size_t CompareLines::line_count() const {
  return impl_->lines.size();
}

void CompareLines::update_plottables() {
  const auto fill = [](QCPGraph& graph, const Field& field) {
    QVector<QCPGraphData> points;
    points.reserve(static_cast<qsizetype>(field.values.size()));
    const double n = static_cast<double>(field.values.size());
    for (std::size_t i = 0; i < field.values.size(); ++i)
      points.append({(static_cast<double>(i) + 0.5) / n,
                     std::isfinite(field.values[i]) ? static_cast<double>(field.values[i]) : qQNaN()});
    graph.data()->set(points, true);
  };
  fill(*impl_->truth_graph, impl_->truth);
  impl_->truth_graph->setVisible(legend()->is_on(QStringLiteral("truth")));
  for (std::size_t k = 0; k < impl_->graphs.size(); ++k) {
    fill(*impl_->graphs[k], impl_->lines[k].field);
    impl_->graphs[k]->setVisible(legend()->is_on(key_of(impl_->lines[k].run)));
  }
}

void CompareLines::fit_axes() {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  const auto extend = [&](const Field& field) {
    for (const float value : field.values)
      if (std::isfinite(value)) {
        low = std::min<double>(low, value);
        high = std::max<double>(high, value);
      }
  };
  extend(impl_->truth);
  for (const Line& line : impl_->lines) extend(line.field);
  const ColourRange range = low <= high ? ColourRange{low, high}.padded() : ColourRange{};
  const double pad = 0.05 * (range.high - range.low);
  plot()->xAxis->setRange(0.0, 1.0);
  plot()->yAxis->setRange(range.low - pad, range.high + pad);
}

std::vector<PlotColumn> CompareLines::columns() const {
  std::vector<PlotColumn> all;
  const auto add = [&](const QString& key, const QString& name, const Field& field) {
    if (field.values.empty() || !legend()->is_on(key)) return;
    PlotColumn column{name, {}};
    const double n = static_cast<double>(field.values.size());
    for (std::size_t i = 0; i < field.values.size(); ++i)
      column.series.append((static_cast<double>(i) + 0.5) / n, static_cast<double>(field.values[i]));
    all.push_back(std::move(column));
  };
  add(QStringLiteral("truth"), tr("truth"), impl_->truth);
  for (const Line& line : impl_->lines) add(key_of(line.run), line.name, line.field);
  return all;
}

QVector<ReadoutRow> CompareLines::values_at(double x, QString& title) const {
  title = tr("x %1").arg(plain_number(x, 3));
  QVector<ReadoutRow> rows;
  const auto add = [&](const QColor& colour, const QString& name, const Field& field) {
    if (field.values.empty()) return;
    const auto last = static_cast<double>(field.values.size() - 1);
    const auto at = static_cast<std::size_t>(
        std::clamp(x * static_cast<double>(field.values.size()) - 0.5, 0.0, last) + 0.5);
    rows.append({colour, name, plain_number(field.values[at], 4)});
  };
  add(theme_colours().plot_text, tr("truth"), impl_->truth);
  for (const Line& line : impl_->lines) add(series_colour(line.run), line.name, line.field);
  return rows;
}

void CompareLines::apply_colours() {
  const QPen truth = curve_pen(theme_colours().plot_text, 1.4);
  impl_->truth_graph->setPen(truth);
  if (impl_->truth.values.empty())
    legend()->remove_entry(QStringLiteral("truth"));
  else
    legend()->set_entry(QStringLiteral("truth"), tr("truth"), {truth, {}});
  for (std::size_t k = 0; k < impl_->graphs.size(); ++k) {
    const Line& line = impl_->lines[k];
    impl_->graphs[k]->setPen(compare_pen(line.run));
    legend()->set_entry(key_of(line.run), line.name, {compare_pen(line.run), {}});
  }
}

}  // namespace halfwave::widgets
