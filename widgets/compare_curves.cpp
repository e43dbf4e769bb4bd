#include "widgets/compare_curves.h"

#include "widgets/plot_legend.h"
#include "widgets/plot_series.h"
#include "widgets/plot_smoothing.h"
#include "widgets/plot_style.h"
#include "widgets/plot_ticker.h"
#include "widgets/qcustomplot_header.h"
#include "widgets/run_pen.h"
#include "widgets/theme.h"

#include <QApplication>
#include <QButtonGroup>
#include <QMouseEvent>
#include <QToolButton>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

namespace halfwave::widgets {
namespace {

constexpr int most_dots = 60;
constexpr double pick_pixels = 8;
constexpr double line_width = 2.2, faint_width = 1.0, hovered_wider = 1.6;

struct Errors {
  PlotSeries l2, h1;
};

struct Curves {
  QString name, settings;
  PlotSeries steps, epochs;              ///< of the loss
  std::map<std::string, Errors> errors;  ///< by test set
  SmoothedCurve behind, behind_steps;
  QCPGraph *line = nullptr, *faint = nullptr, *end = nullptr;
  int steps_per_epoch = 1;
  bool failed = false;
  int colour = -1;  ///< of `run_pen`; below 0 for one of a comparison
};

QString key_of(std::size_t run) {
  return QStringLiteral("run%1").arg(run);
}

}  // namespace

struct CompareCurves::Impl {
  std::vector<Curves> runs;
  std::string test_set;
  CompareQuantity quantity = CompareQuantity::loss;
  QButtonGroup* buttons = nullptr;
  QString empty_hint;
  std::optional<std::size_t> hovered;
  QPoint pressed;

  QPen pen(std::size_t run, double width) const {
    const int colour = runs[run].colour;
    return colour < 0 ? compare_pen(run, width) : run_pen(colour, width);
  }
  const PlotSeries& series(const Curves& run) const {
    static const PlotSeries none;
    if (quantity == CompareQuantity::loss) return run.epochs;
    const auto found = run.errors.find(test_set);
    if (found == run.errors.end()) return none;
    return quantity == CompareQuantity::l2 ? found->second.l2 : found->second.h1;
  }
  bool shows_steps() const { return quantity == CompareQuantity::loss; }
  /// All that is visible of a run.
  std::vector<const PlotSeries*> visible(const Curves& run) const {
    std::vector<const PlotSeries*> all = {&series(run)};
    if (shows_steps()) all.push_back(&run.steps);
    return all;
  }
};

CompareCurves::CompareCurves(QWidget* parent) : PlotView(parent), impl_(std::make_unique<Impl>()) {
  setAccessibleName(tr("Learning curves of all variants"));
  plot()->setMinimumSize(60, 40);  // never without an area, also before it is laid out
  plot()->xAxis->setLabel(tr("epoch"));
  plot()->xAxis->setTicker(QSharedPointer<QCPAxisTicker>(new LinearTicker(true)));
  plot()->yAxis->setScaleType(QCPAxis::stLogarithmic);
  plot()->yAxis->setTicker(QSharedPointer<QCPAxisTicker>(new LogTicker));
  plot()->yAxis->grid()->setSubGridVisible(true);
  impl_->buttons = new QButtonGroup(this);
  const std::array texts = {tr("Loss"), tr("L2"), tr("H1")};
  const std::array tips = {tr("Training loss: thin, every step; thick, the mean of an epoch"),
                           tr("Mean relative L2 error of the test set"),
                           tr("Mean relative H1 error of the test set")};
  for (int k = static_cast<int>(texts.size()) - 1; k >= 0; --k) {  // each is put before the last
    auto* button = new QToolButton(this);
    button->setText(texts[static_cast<std::size_t>(k)]);
    button->setToolTip(tips[static_cast<std::size_t>(k)]);
    button->setCheckable(true);
    button->setProperty("segment", true);
    impl_->buttons->addButton(button, k);
    add_tool(button);
  }
  impl_->buttons->button(0)->setChecked(true);
  connect(impl_->buttons, &QButtonGroup::idToggled, this, [this](int id, bool on) {
    if (!on) return;
    impl_->quantity = static_cast<CompareQuantity>(id);
    show_quantity();
  });
  offer_smoothing();
  set_empty_hint(tr("Curves appear here as soon as the runs have begun."));
  show_quantity();
}

CompareCurves::~CompareCurves() = default;

void CompareCurves::set_empty_hint(const QString& text) {
  impl_->empty_hint = text;
  if (impl_->runs.empty()) set_hint(text);
}

void CompareCurves::begin(const std::vector<CompareRun>& runs) {
  begin(runs, {});
}

void CompareCurves::begin(const std::vector<CompareRun>& runs, const std::vector<int>& colours) {
  for (std::size_t k = 0; k < impl_->runs.size(); ++k) legend()->remove_entry(key_of(k));
  plot()->clearGraphs();
  impl_->runs.clear();
  hover({});
  for (const CompareRun& run : runs) {
    Curves curves;
    curves.name = run.name;
    curves.settings = run.settings;
    if (impl_->runs.size() < colours.size()) curves.colour = colours[impl_->runs.size()];
    for (QCPGraph** graph : {&curves.faint, &curves.line, &curves.end}) {
      *graph = plot()->addGraph();
      (*graph)->setAdaptiveSampling(false);
    }
    curves.end->setLineStyle(QCPGraph::lsNone);
    impl_->runs.push_back(std::move(curves));
  }
  set_hint(runs.empty() ? impl_->empty_hint : QString());
  apply_colours();
  reset_view();
}

void CompareCurves::add_step(std::size_t run, const StepEvent& event) {
  const int steps = impl_->runs.at(run).steps_per_epoch = std::max(1, event.steps_per_epoch);
  impl_->runs.at(run).steps.append(event.epoch + (event.step_in_epoch + 1.0) / steps, event.loss);
  schedule_replot();
}

void CompareCurves::add_epoch(std::size_t run, const EpochEvent& event) {
  const double x = event.epoch + 1.0;
  Curves& curves = impl_->runs.at(run);
  curves.epochs.append(x, event.train_loss);
  for (const auto& [label, metrics] : event.metrics) {
    curves.errors[label].l2.append(x, metrics.l2);
    curves.errors[label].h1.append(x, metrics.h1);
  }
  schedule_replot();
}

void CompareCurves::mark_failure(std::size_t run) {
  impl_->runs.at(run).failed = true;
  schedule_replot();
}

void CompareCurves::set_quantity(CompareQuantity quantity) {
  impl_->buttons->button(static_cast<int>(quantity))->setChecked(true);
}

CompareQuantity CompareCurves::quantity() const {
  return impl_->quantity;
}

void CompareCurves::set_test_set(const std::string& label) {
  if (impl_->test_set == label) return;
  impl_->test_set = label;
  show_quantity();
}

void CompareCurves::set_compact(bool compact) {
  if (legend()->isVisibleTo(this) != compact) return;
  legend()->setVisible(!compact);
  QSharedPointer<QCPAxisTicker> ticker(compact ? static_cast<QCPAxisTicker*>(new LinearTicker)
                                               : new LogTicker);
  if (compact) ticker->setTickCount(2);
  plot()->yAxis->setTicker(ticker);
  plot()->yAxis->grid()->setSubGridVisible(!compact);
  schedule_replot();
}

std::size_t CompareCurves::point_count(std::size_t run) const {
  std::size_t points = 0;
  for (const PlotSeries* series : impl_->visible(impl_->runs.at(run))) points += series->size();
  return points;
}

void CompareCurves::show_quantity() {
  const QString set = QString::fromStdString(impl_->test_set);
  const auto of_set = [&](const QString& metric) {
    return set.isEmpty() ? tr("%1 (–)").arg(metric) : tr("%1 at %2 (–)").arg(metric, set);
  };
  switch (impl_->quantity) {
    case CompareQuantity::loss:
      plot()->yAxis->setLabel(tr("loss (–)"));
      break;
    case CompareQuantity::l2:
      plot()->yAxis->setLabel(of_set(QStringLiteral("L2")));
      break;
    case CompareQuantity::h1:
      plot()->yAxis->setLabel(of_set(QStringLiteral("H1")));
      break;
  }
  plot()->setAccessibleName(plot()->yAxis->label());
  reset_view();
}

void CompareCurves::update_plottables() {
  const QCPRange range = plot()->xAxis->range();
  const double from = range.lower - range.size(), to = range.upper + range.size();
  const int buckets = 2 * std::max(200, plot()->axisRect()->width());
  int steps_per_epoch = 1;
  for (const Curves& run : impl_->runs) steps_per_epoch = std::max(steps_per_epoch, run.steps_per_epoch);
  CurveView view{from, to, buckets, false, true, smoothing(), shows_band()};
  for (std::size_t k = 0; k < impl_->runs.size(); ++k) {
    Curves& run = impl_->runs[k];
    const bool on = legend()->is_on(key_of(k));
    run.line->setVisible(on);
    run.faint->setVisible(on && impl_->shows_steps());
    run.end->setVisible(on && run.failed);
    if (!on || !impl_->shows_steps()) run.behind_steps.hide();
    if (!on) {
      run.behind.hide();
      continue;
    }
    const PlotSeries& series = impl_->series(run);
    view.window = epochs_smoothed(steps_per_epoch);
    const bool dots = run.behind.draw(*plot(), *run.line, series, view) <= most_dots;
    run.line->setScatterStyle(dots ? QCPScatterStyle(QCPScatterStyle::ssDisc, 5)
                                   : QCPScatterStyle(QCPScatterStyle::ssNone));
    view.window = smoothing();
    if (impl_->shows_steps()) run.behind_steps.draw(*plot(), *run.faint, run.steps, view);
    QVector<QCPGraphData> end;
    const PlotSeries& last = impl_->shows_steps() && !run.steps.empty() ? run.steps : series;
    if (run.failed && !last.empty() && last.y().back() > 0) end.append({last.x().back(), last.y().back()});
    run.end->data()->set(end, true);
  }
}

void CompareCurves::fit_axes() {
  double right = 0, low = std::numeric_limits<double>::infinity(), high = -low;
  for (std::size_t k = 0; k < impl_->runs.size(); ++k) {
    if (!legend()->is_on(key_of(k))) continue;
    for (const PlotSeries* series : impl_->visible(impl_->runs[k])) {
      if (series->empty()) continue;
      right = std::max(right, series->x().back());
      series->extend_range(low, high, true);
    }
  }
  plot()->xAxis->setRange(0, right > 0 ? right : 1);
  if (!(low <= high)) {
    low = 1e-2;
    high = 1;
  }
  const double pad = std::max(1.1, std::pow(high / low, 0.06));
  plot()->yAxis->setRange(low / pad, high * pad);
}

std::vector<PlotColumn> CompareCurves::columns() const {
  std::vector<PlotColumn> all;
  for (std::size_t k = 0; k < impl_->runs.size(); ++k) {
    const Curves& run = impl_->runs[k];
    if (!legend()->is_on(key_of(k))) continue;
    if (impl_->shows_steps() && !run.steps.empty()) all.push_back({tr("%1, step").arg(run.name), run.steps});
    all.push_back({run.name, impl_->series(run)});
  }
  return all;
}

QVector<ReadoutRow> CompareCurves::values_at(double x, QString& title) const {
  title = tr("epoch %1").arg(plain_number(x, 4));
  QVector<ReadoutRow> rows;
  for (std::size_t k = 0; k < impl_->runs.size(); ++k) {
    const Curves& run = impl_->runs[k];
    const PlotSeries& whole = impl_->series(run);
    const PlotSeries& series = whole.empty() && impl_->shows_steps() ? run.steps : whole;
    if (!legend()->is_on(key_of(k)) || series.empty()) continue;
    rows.append({impl_->pen(k, 1.0).color(), run.name, plain_number(series.y()[series.nearest(x)], 4)});
  }
  return rows;
}

std::optional<std::size_t> CompareCurves::run_at(const QPoint& position) const {
  std::optional<std::size_t> found;
  double nearest = pick_pixels;
  for (std::size_t k = 0; k < impl_->runs.size(); ++k)
    for (const QCPGraph* graph : {impl_->runs[k].line, impl_->runs[k].faint}) {
      if (!graph->visible()) continue;
      const double distance = graph->selectTest(position, false);  // below 0 where there is nothing
      if (distance < 0 || distance > nearest) continue;
      nearest = distance;
      found = k;
    }
  return found;
}

void CompareCurves::hover(std::optional<std::size_t> run) {
  if (std::exchange(impl_->hovered, run) == run) return;
  if (run)
    plot()->setCursor(Qt::PointingHandCursor);
  else
    plot()->unsetCursor();
  apply_colours();
  schedule_view_replot();
}

bool CompareCurves::eventFilter(QObject* watched, QEvent* event) {
  if (watched == plot()) {
    const auto* mouse = dynamic_cast<QMouseEvent*>(event);
    const bool left = mouse && mouse->button() == Qt::LeftButton;
    if (event->type() == QEvent::MouseMove && mouse->buttons() == Qt::NoButton) hover(run_at(mouse->pos()));
    if (event->type() == QEvent::Leave) hover({});
    if (event->type() == QEvent::MouseButtonPress && left) impl_->pressed = mouse->pos();
    if (event->type() == QEvent::MouseButtonRelease && left &&
        (mouse->pos() - impl_->pressed).manhattanLength() < QApplication::startDragDistance())
      if (const auto run = run_at(mouse->pos())) Q_EMIT run_picked(*run);
  }
  return PlotView::eventFilter(watched, event);
}

void CompareCurves::apply_colours() {
  const ThemeColours& colours = theme_colours();
  for (std::size_t k = 0; k < impl_->runs.size(); ++k) {
    const Curves& run = impl_->runs[k];
    const QPen pen = impl_->pen(k, line_width);
    const double wider = impl_->hovered == k ? hovered_wider : 1.0;
    run.line->setPen(impl_->pen(k, line_width * wider));
    run.faint->setPen(curve_pen(blend(pen.color(), colours.plot_background, colours.dark ? 0.5 : 0.35),
                                faint_width * wider));
    run.end->setPen(QPen(pen.color(), 2.4));
    run.end->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssCross, 11));
    legend()->set_entry(key_of(k), run.name, {pen, {}}, run.settings);
  }
}

}  // namespace halfwave::widgets
