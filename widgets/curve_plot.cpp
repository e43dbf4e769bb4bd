#include "widgets/curve_plot.h"

#include "widgets/plot_legend.h"
#include "widgets/plot_marks.h"
#include "widgets/plot_series.h"
#include "widgets/plot_smoothing.h"
#include "widgets/plot_style.h"
#include "widgets/plot_ticker.h"
#include "widgets/qcustomplot_header.h"
#include "widgets/schedule_bar.h"
#include "widgets/theme.h"

#include <QToolButton>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <vector>

namespace halfwave::widgets {
namespace {

constexpr int max_points_with_dots = 60;
constexpr double mark_pixels = 6;

struct Curve {
  QString key, name, tip;
  std::size_t colour = 0;
  Qt::PenStyle style = Qt::SolidLine;
  double width = 1.8;
  bool faint = false;  ///< the many points behind a mean
  bool dots = true;
  bool smooth = false;              ///< its mean is drawn
  std::array<PlotSeries, 3> along;  ///< the same points by `CurveAxis`
  SmoothedCurve behind;
  QCPGraph* graph = nullptr;

  const PlotSeries& series(CurveAxis axis) const { return along[static_cast<std::size_t>(axis)]; }
  void append(double epoch, double step, double seconds, double value) {
    along[0].append(epoch, value);
    const std::size_t kept = along[0].size() - 1;
    const std::array others = {step, seconds};
    for (std::size_t k = 0; k < others.size(); ++k) {
      PlotSeries& one = along[k + 1];
      one.truncate(kept);
      // Where no time is known the points still follow one another.
      const double least = kept > 0 ? std::nextafter(one.x().back(), HUGE_VAL) : 0.0;
      one.append(std::max(others[k], least), value);
    }
  }
  /// The time of training at a place between epochs.
  double seconds_at(double epoch) const {
    const auto& from = series(CurveAxis::epoch).x();
    const auto& to = series(CurveAxis::time).x();
    const auto right =
        static_cast<std::size_t>(std::lower_bound(from.begin(), from.end(), epoch) - from.begin());
    if (right == from.size()) return to.empty() ? 0.0 : to.back();
    const double x0 = right > 0 ? from[right - 1] : 0.0, t0 = right > 0 ? to[right - 1] : 0.0;
    return t0 + (to[right] - t0) * std::clamp((epoch - x0) / (from[right] - x0), 0.0, 1.0);
  }

  QColor shown_colour() const {
    const QColor full = series_colour(colour);
    return faint && !smooth ? blend(full, theme_colours().plot_background, theme_colours().dark ? 0.6 : 0.45)
                            : full;
  }
};

/// Test sets from coarse to fine: 16 before 64 before 128.
std::vector<std::string> by_size(const std::map<std::string, Metrics>& metrics) {
  std::vector<std::string> labels;
  for (const auto& entry : metrics) labels.push_back(entry.first);
  std::stable_sort(labels.begin(), labels.end(), [](const std::string& a, const std::string& b) {
    return std::atoi(a.c_str()) < std::atoi(b.c_str());
  });
  return labels;
}

}  // namespace

struct CurvePlot::Impl {
  explicit Impl(QCustomPlot& plot) : marks(plot) {}

  std::vector<std::unique_ptr<Curve>> curves;
  PlotMarks marks;
  ScheduleBar* bar = nullptr;
  QToolButton* log_button = nullptr;
  bool log = false;
  int steps_per_epoch = 0;
  CurveAxis axis = CurveAxis::epoch;
  double seconds = 0.0;  ///< of training so far

  double place_of(double epoch) const {
    if (axis == CurveAxis::step) return epoch * std::max(1, steps_per_epoch);
    if (axis == CurveAxis::epoch) return epoch;
    for (const char* key : {"step", "train"})
      for (const auto& curve : curves)
        if (curve->key == QLatin1String(key)) return curve->seconds_at(epoch);
    return 0.0;
  }

  std::vector<QString> test_sets;

  /// The curve of that key, made by `describe` when it is not there yet.
  template <typename Describe>
  Curve& curve(CurvePlot& view, const QString& key, Describe describe) {
    for (auto& known : curves)
      if (known->key == key) return *known;
    auto made = std::make_unique<Curve>();
    made->key = key;
    describe(*made);
    made->graph = view.plot()->addGraph();
    made->graph->setAdaptiveSampling(false);
    curves.push_back(std::move(made));
    view.set_hint({});
    view.apply_colours();
    return *curves.back();
  }

  /// Colour 0 belongs to training.
  std::size_t colour_of_set(const QString& label) {
    auto found = std::find(test_sets.begin(), test_sets.end(), label);
    if (found == test_sets.end()) found = test_sets.insert(found, label);
    return 1 + static_cast<std::size_t>(found - test_sets.begin());
  }
};

CurvePlot::CurvePlot(QWidget* parent) : PlotView(parent), impl_(std::make_unique<Impl>(*plot())) {
  setAccessibleName(tr("Learning curves"));
  plot()->setAccessibleName(tr("Learning curves: relative error over epochs"));
  plot()->xAxis->setLabel(tr("epoch"));
  plot()->xAxis->setTicker(QSharedPointer<QCPAxisTicker>(new LinearTicker(true)));
  plot()->yAxis->setLabel(tr("relative error (–)"));
  impl_->log_button = new QToolButton(this);
  impl_->log_button->setText(tr("Log"));
  impl_->log_button->setCheckable(true);
  impl_->log_button->setAccessibleName(tr("Logarithmic error axis"));
  impl_->log_button->setToolTip(tr("Logarithmic or linear error axis."));
  connect(impl_->log_button, &QToolButton::toggled, this, &CurvePlot::set_log);
  add_tool(impl_->log_button);
  impl_->bar = new ScheduleBar(this);
  impl_->bar->follow(*plot());
  add_below(impl_->bar);
  // The bar says how far the epochs go.
  connect(impl_->bar, &ScheduleBar::changed, this, [this] { schedule_replot(); });
  offer_smoothing();
  offer_choice(QStringLiteral("x_axis"), tr("&Horizontal axis"),
               {{QStringLiteral("epoch"), tr("&Epoch")},
                {QStringLiteral("step"), tr("&Step")},
                {QStringLiteral("time"), tr("&Time of training")}},
               [this](int index) { show_axis(static_cast<CurveAxis>(index)); });
  set_log(true);
  clear();
}

CurvePlot::~CurvePlot() = default;

void CurvePlot::clear() {
  for (auto& curve : impl_->curves) {
    curve->behind.remove(*plot());
    plot()->removeGraph(curve->graph);
    legend()->remove_entry(curve->key);
  }
  impl_->curves.clear();
  impl_->test_sets.clear();
  impl_->steps_per_epoch = 0;
  impl_->seconds = 0;
  impl_->marks.clear();
  impl_->bar->clear_run();
  set_hint(tr("The learning curves appear here when a run starts."));
  reset_view();
}

void CurvePlot::add_step(const StepEvent& event) {
  auto& curve = impl_->curve(*this, QStringLiteral("step"), [&](Curve& c) {
    c.name = tr("train, step");
    c.tip = tr("Loss of every optimiser step.");
    c.faint = true;
    c.dots = false;
    c.width = 1.2;
  });
  const int steps = impl_->steps_per_epoch = std::max(1, event.steps_per_epoch);
  const double x = event.epoch + (event.step_in_epoch + 1.0) / steps;
  const auto& known = curve.series(CurveAxis::epoch).x();
  if (!known.empty() && known.back() >= x) {  // from an earlier checkpoint
    const auto before = std::lower_bound(known.begin(), known.end(), x) - known.begin();
    impl_->seconds =
        before > 0 ? curve.series(CurveAxis::time).x()[static_cast<std::size_t>(before - 1)] : 0.0;
  }
  impl_->seconds += event.seconds;
  curve.append(x, static_cast<double>(event.step + 1), impl_->seconds, event.loss);
  impl_->bar->set_done(x);
  schedule_replot();
}

void CurvePlot::add_epoch(const EpochEvent& event) {
  const double x = event.epoch + 1.0, step = x * std::max(1, impl_->steps_per_epoch);
  if (event.total_seconds > 0) impl_->seconds = event.total_seconds;
  impl_->bar->set_done(x);
  impl_
      ->curve(*this, QStringLiteral("train"),
              [&](Curve& c) {
                c.name = tr("train, epoch");
                c.tip = tr("Mean loss of every epoch.");
                c.width = 2.2;
              })
      .append(x, step, impl_->seconds, event.train_loss);
  for (const auto& label : by_size(event.metrics)) {
    const Metrics& metrics = event.metrics.at(label);
    const QString set = QString::fromStdString(label);
    const auto test = [&](const QString& metric, Qt::PenStyle style, double value) {
      impl_
          ->curve(*this, metric + u':' + set,
                  [&](Curve& c) {
                    c.name = tr("test %1 at %2").arg(metric, set);
                    c.tip = tr("Mean relative %1 error of the test set with a grid of %2.").arg(metric, set);
                    c.colour = impl_->colour_of_set(set);
                    c.style = style;
                  })
          .append(x, step, impl_->seconds, value);
    };
    test(QStringLiteral("L2"), Qt::SolidLine, metrics.l2);
    test(QStringLiteral("H1"), Qt::DashLine, metrics.h1);
  }
  schedule_replot();
}

void CurvePlot::add_mark(double epoch, const QString& text, const QString& full) {
  impl_->marks.add(epoch, text, full);
  schedule_replot();
}

ScheduleBar* CurvePlot::schedule_bar() const {
  return impl_->bar;
}

bool CurvePlot::is_log() const {
  return impl_->log;
}

CurveAxis CurvePlot::axis() const {
  return impl_->axis;
}

void CurvePlot::set_axis(CurveAxis axis) {
  choose(QStringLiteral("x_axis"), static_cast<int>(axis));
}

void CurvePlot::set_steps_per_epoch(int steps) {
  impl_->steps_per_epoch = steps;
}

void CurvePlot::show_axis(CurveAxis axis) {
  impl_->axis = axis;
  const std::array labels = {tr("epoch"), tr("step"), tr("time of training (s)")};
  const std::array names = {tr("Learning curves: relative error over epochs"),
                            tr("Learning curves: relative error over steps"),
                            tr("Learning curves: relative error over the time of training")};
  plot()->xAxis->setLabel(labels[static_cast<std::size_t>(axis)]);
  plot()->setAccessibleName(names[static_cast<std::size_t>(axis)]);
  plot()->xAxis->setTicker(QSharedPointer<QCPAxisTicker>(new LinearTicker(axis != CurveAxis::time)));
  // The bar is one of epochs.
  impl_->bar->setMaximumHeight(axis == CurveAxis::epoch ? QWIDGETSIZE_MAX : 0);
  reset_view();
}

void CurvePlot::set_log(bool log) {
  if (impl_->log == log) return;
  impl_->log = log;
  impl_->log_button->setChecked(log);
  auto* axis = plot()->yAxis;
  axis->setScaleType(log ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
  axis->setTicker(log ? QSharedPointer<QCPAxisTicker>(new LogTicker)
                      : QSharedPointer<QCPAxisTicker>(new LinearTicker));
  axis->grid()->setSubGridVisible(log);
  reset_view();
  Q_EMIT log_changed(log);
}

void CurvePlot::update_plottables() {
  const QCPRange range = plot()->xAxis->range();
  const double from = range.lower - range.size(), to = range.upper + range.size();
  const int buckets = 3 * std::max(200, plot()->axisRect()->width());
  for (auto& curve : impl_->curves) {
    const bool on = legend()->is_on(curve->key);
    curve->graph->setVisible(on);
    if (!on) {
      curve->behind.hide();
      continue;
    }
    // Of the loss of every step, or of one point an epoch.
    const int window = curve->faint ? smoothing() : epochs_smoothed(impl_->steps_per_epoch);
    curve->smooth = window > 1;
    curve->graph->setPen(curve_pen(curve->shown_colour(), curve->width, curve->style));
    const int shown = curve->behind.draw(*plot(), *curve->graph, curve->series(impl_->axis),
                                         {from, to, buckets, false, impl_->log, window, shows_band()});
    const bool dots = curve->dots && shown <= max_points_with_dots;
    curve->graph->setScatterStyle(dots ? QCPScatterStyle(QCPScatterStyle::ssDisc, 5)
                                       : QCPScatterStyle(QCPScatterStyle::ssNone));
  }
  impl_->marks.move([this](double epoch) { return impl_->place_of(epoch); });
  impl_->marks.arrange();
}

std::vector<PlotColumn> CurvePlot::columns() const {
  std::vector<PlotColumn> all;
  for (const auto& curve : impl_->curves)
    if (legend()->is_on(curve->key)) all.push_back({curve->name, curve->series(impl_->axis)});
  return all;
}

void CurvePlot::fit_axes() {
  double right = 0, low = std::numeric_limits<double>::infinity(), high = -low;
  for (const auto& curve : impl_->curves) {
    if (!legend()->is_on(curve->key) || curve->series(impl_->axis).empty()) continue;
    right = std::max(right, curve->series(impl_->axis).x().back());
    curve->series(impl_->axis).extend_range(low, high, impl_->log);
  }
  // With a schedule, what is still to come is seen as well.
  if (impl_->bar->has_schedule() && impl_->axis != CurveAxis::time)
    right = std::max(right, impl_->place_of(impl_->bar->epochs()));
  plot()->xAxis->setRange(0, right > 0 ? right : 1);
  if (!(low <= high)) {
    low = impl_->log ? 1e-2 : 0;
    high = 1;
  }
  if (impl_->log) {
    const double pad = std::max(1.1, std::pow(high / low, 0.06));
    plot()->yAxis->setRange(low / pad, high * pad);
  } else {
    plot()->yAxis->setRange(std::min(0.0, low), high > 0 ? high * 1.06 : 1);
  }
}

QVector<ReadoutRow> CurvePlot::values_at(double x, QString& title) const {
  const std::array titles = {tr("epoch %1"), tr("step %1"), tr("%1 s")};
  const double shown = impl_->axis == CurveAxis::step ? std::round(x) : x;
  title = titles[static_cast<std::size_t>(impl_->axis)].arg(
      impl_->axis == CurveAxis::step ? QString::number(shown, 'f', 0) : plain_number(shown, 4));
  QVector<ReadoutRow> rows;
  for (const auto& curve : impl_->curves) {
    if (!legend()->is_on(curve->key) || curve->series(impl_->axis).empty()) continue;
    const auto i = curve->series(impl_->axis).nearest(x);
    rows.append({curve->shown_colour(), curve->name, plain_number(curve->series(impl_->axis).y()[i], 4)});
  }
  if (const auto* mark = impl_->marks.near(x, mark_pixels))
    rows.append({theme_colours().muted_text, mark->full, {}});
  return rows;
}

void CurvePlot::apply_colours() {
  for (const auto& curve : impl_->curves) {
    const QPen pen = curve_pen(curve->shown_colour(), curve->width, curve->style);
    curve->graph->setPen(pen);
    legend()->set_entry(curve->key, curve->name, {pen, {}}, curve->tip);
  }
  impl_->marks.apply_colours();
}

}  // namespace halfwave::widgets
