#include "widgets/spectrum_plot.h"

#include "widgets/plot_legend.h"
#include "widgets/plot_marks.h"
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

/// Decades below the largest power that are shown at first; a field in single precision has no more to say.
constexpr double shown_decades = 14;

const QString truth_key = QStringLiteral("truth");
const QString prediction_key = QStringLiteral("prediction");

/// Wavenumber 0 (the mean) has no place on a logarithmic axis.
PlotSeries series_of(const std::vector<double>& wavenumber, const std::vector<double>& power) {
  PlotSeries series;
  const std::size_t n = std::min(wavenumber.size(), power.size());
  for (std::size_t i = 0; i < n; ++i)
    if (wavenumber[i] > 0) series.append(wavenumber[i], power[i]);
  return series;
}

}  // namespace

struct SpectrumPlot::Impl {
  explicit Impl(QCustomPlot& plot)
      : marks(plot), truth_graph(plot.addGraph()), prediction_graph(plot.addGraph()) {}

  PlotMarks marks;
  PlotSeries truth, prediction;
  QCPGraph* truth_graph;
  QCPGraph* prediction_graph;
  int modes = 0;
  QString unit;

  void label_axis(QCustomPlot& plot) const {
    plot.yAxis->setLabel(unit.isEmpty() ? SpectrumPlot::tr("power (data units squared)")
                                        : SpectrumPlot::tr("power ((%1)²)").arg(unit));
  }
};

SpectrumPlot::SpectrumPlot(QWidget* parent) : PlotView(parent), impl_(std::make_unique<Impl>(*plot())) {
  setAccessibleName(tr("Spectra"));
  plot()->setAccessibleName(tr("Power spectra of truth and prediction over the wavenumber"));
  plot()->xAxis->setLabel(tr("wavenumber (cycles per domain)"));
  impl_->label_axis(*plot());
  for (QCPAxis* axis : {plot()->xAxis, plot()->yAxis}) {
    axis->setScaleType(QCPAxis::stLogarithmic);
    axis->setTicker(QSharedPointer<QCPAxisTicker>(new LogTicker));
    axis->grid()->setSubGridVisible(true);
  }
  for (QCPGraph* graph : {impl_->truth_graph, impl_->prediction_graph}) graph->setAdaptiveSampling(false);
  clear();
}

SpectrumPlot::~SpectrumPlot() = default;

void SpectrumPlot::set_spectrum(const SpectrumEvent& event) {
  impl_->truth = series_of(event.wavenumber, event.truth);
  impl_->prediction = series_of(event.wavenumber, event.prediction);
  set_hint(impl_->truth.empty() && impl_->prediction.empty() ? tr("This field has no wavenumber above 0.")
                                                             : QString());
  schedule_replot();
}

void SpectrumPlot::set_modes(int modes) {
  if (impl_->modes == modes) return;
  impl_->modes = modes;
  impl_->marks.clear();
  if (modes > 1) impl_->marks.add(modes / 2, tr("kept modes end at %1").arg(modes / 2));
  schedule_replot();
}

void SpectrumPlot::set_unit(const QString& unit) {
  impl_->unit = unit;
  impl_->label_axis(*plot());
  schedule_replot();
}

void SpectrumPlot::clear() {
  impl_->truth.clear();
  impl_->prediction.clear();
  set_hint(tr("The spectra of truth and prediction appear here when a run starts."));
  reset_view();
}

void SpectrumPlot::update_plottables() {
  const auto show = [this](QCPGraph* graph, const PlotSeries& series, const QString& key) {
    graph->setVisible(legend()->is_on(key));
    QVector<QCPGraphData> points;
    for (std::size_t i = 0; i < series.size(); ++i)
      points.append({series.x()[i], series.y()[i] > 0 ? series.y()[i] : qQNaN()});
    graph->data()->set(points, true);
  };
  show(impl_->truth_graph, impl_->truth, truth_key);
  show(impl_->prediction_graph, impl_->prediction, prediction_key);
  impl_->marks.arrange();
}

void SpectrumPlot::fit_axes() {
  double right = 2, low = std::numeric_limits<double>::infinity(), high = -low;
  for (const auto* series : {&impl_->truth, &impl_->prediction}) {
    const bool on = legend()->is_on(series == &impl_->truth ? truth_key : prediction_key);
    if (series->empty() || !on) continue;
    right = std::max(right, series->x().back());
    series->extend_range(low, high, true);
  }
  right = std::max(right, impl_->modes / 2 * 1.1);
  plot()->xAxis->setRange(1, right);
  if (!(low <= high)) {
    low = 1e-6;
    high = 1;
  }
  low = std::max(low, high * std::pow(10.0, -shown_decades));
  const double pad = std::max(1.5, std::pow(high / low, 0.06));
  plot()->yAxis->setRange(low / pad, high * pad);
}

std::vector<PlotColumn> SpectrumPlot::columns() const {
  std::vector<PlotColumn> all;
  if (legend()->is_on(truth_key)) all.push_back({tr("truth"), impl_->truth});
  if (legend()->is_on(prediction_key)) all.push_back({tr("prediction"), impl_->prediction});
  return all;
}

QVector<ReadoutRow> SpectrumPlot::values_at(double x, QString& title) const {
  QVector<ReadoutRow> rows;
  if (impl_->truth.empty()) return rows;
  const auto i = impl_->truth.nearest(x);
  title = tr("wavenumber %1").arg(plain_number(impl_->truth.x()[i], 4));
  const double truth = impl_->truth.y()[i];
  if (legend()->is_on(truth_key)) rows.append({truth_colour(), tr("truth"), plain_number(truth)});
  if (impl_->prediction.size() != impl_->truth.size()) return rows;
  const double prediction = impl_->prediction.y()[i];
  if (legend()->is_on(prediction_key))
    rows.append({prediction_colour(), tr("prediction"), plain_number(prediction)});
  if (truth > 0)
    rows.append({theme_colours().muted_text, tr("prediction / truth"), plain_number(prediction / truth)});
  return rows;
}

void SpectrumPlot::apply_colours() {
  const QPen truth = curve_pen(truth_colour(), 2.6);
  const QPen prediction = curve_pen(prediction_colour(), 1.6, Qt::DashLine);
  impl_->truth_graph->setPen(truth);
  impl_->prediction_graph->setPen(prediction);
  legend()->set_entry(truth_key, tr("truth"), {truth, {}});
  legend()->set_entry(prediction_key, tr("prediction"), {prediction, {}});
  impl_->marks.apply_colours();
}

QColor SpectrumPlot::truth_colour() const {
  return series_colour(0);
}
QColor SpectrumPlot::prediction_colour() const {
  return series_colour(1);
}

}  // namespace halfwave::widgets
