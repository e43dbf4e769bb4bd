#pragma once

#include "widgets/compare_run.h"
#include "widgets/plot_view.h"

#include <memory>
#include <optional>

namespace halfwave::widgets {

/// What is drawn over epochs.
enum class CompareQuantity { loss, l2, h1 };

/// Learning curves of several runs laid over one another, each with its colour and dash: the training loss,
/// or an error of the test set. A curve under the mouse is thick, and a click picks its run.
class CompareCurves : public PlotView {
  Q_OBJECT
 public:
  explicit CompareCurves(QWidget* parent = nullptr);
  ~CompareCurves() override;

  void begin(const std::vector<CompareRun>& runs);
  /// The same with the colours that recorded runs have in the table of runs (numbers of `run_pen`).
  void begin(const std::vector<CompareRun>& runs, const std::vector<int>& colours);
  void add_step(std::size_t run, const StepEvent& event);
  void add_epoch(std::size_t run, const EpochEvent& event);
  /// A cross at the end of a run that has failed.
  void mark_failure(std::size_t run);
  void set_quantity(CompareQuantity quantity);
  CompareQuantity quantity() const;
  void set_test_set(const std::string& label);
  /// For little height: no legend, and few numbers at the axis.
  void set_compact(bool compact);
  /// Said while there are no runs.
  void set_empty_hint(const QString& text);
  /// Adds a button to the right of the legend.
  using PlotView::add_tool;
  /// Points that a run's curve has; for tests.
  std::size_t point_count(std::size_t run) const;

 Q_SIGNALS:
  /// A curve was clicked.
  void run_picked(std::size_t run);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;
  void update_plottables() override;
  void fit_axes() override;
  QVector<ReadoutRow> values_at(double x, QString& title) const override;
  void apply_colours() override;
  std::vector<PlotColumn> columns() const override;

 private:
  void show_quantity();
  /// The run whose curve is nearest to a place in the plot, if any is near.
  std::optional<std::size_t> run_at(const QPoint& position) const;
  void hover(std::optional<std::size_t> run);

  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace halfwave::widgets
