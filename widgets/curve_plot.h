#pragma once

#include "core/training/events.h"
#include "widgets/plot_view.h"

#include <map>
#include <memory>
#include <string>

namespace halfwave::widgets {

class ScheduleBar;

/// Along what learning curves are drawn.
enum class CurveAxis { epoch, step, time };

/// The learning curves of one run over epochs, steps or the time of training: the loss of every step (thinned
/// to what a screen can show), the mean loss of every epoch, and L2 and H1 of every test set. Policy changes
/// are vertical marks, and the schedule is a bar under the epochs.
class CurvePlot : public PlotView {
  Q_OBJECT

 public:
  explicit CurvePlot(QWidget* parent = nullptr);
  ~CurvePlot() override;

  void add_step(const StepEvent& event);
  void add_epoch(const EpochEvent& event);
  /// A vertical line with text, for instance a policy change. `epoch` may lie between two epochs; `full` is
  /// for the read-out.
  void add_mark(double epoch, const QString& text, const QString& full = {});
  /// The bar under the epochs; what it shows of a run begins anew with `clear`.
  ScheduleBar* schedule_bar() const;
  void clear();

  bool is_log() const;
  CurveAxis axis() const;
  void set_axis(CurveAxis axis);
  /// For a run of which only epochs are known; steps tell it themselves.
  void set_steps_per_epoch(int steps);

 public Q_SLOTS:
  void set_log(bool log);

 Q_SIGNALS:
  void log_changed(bool log);

 protected:
  void update_plottables() override;
  void fit_axes() override;
  QVector<ReadoutRow> values_at(double x, QString& title) const override;
  void apply_colours() override;
  std::vector<PlotColumn> columns() const override;

 private:
  void show_axis(CurveAxis axis);

  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace halfwave::widgets
