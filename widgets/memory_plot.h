#pragma once

#include "core/training/events.h"
#include "widgets/plot_view.h"

#include <cstdint>
#include <memory>

namespace halfwave::widgets {

/// Live memory over the steps of a run as stacked areas, in MiB: weights, gradients, optimiser state, saved
/// activations and scratch; a dashed line is the peak so far.
class MemoryPlot : public PlotView {
  Q_OBJECT

 public:
  explicit MemoryPlot(QWidget* parent = nullptr);
  ~MemoryPlot() override;

  void add(const MemoryEvent& event);
  /// A vertical line where the policy changed; `full` is for the read-out.
  void add_mark(std::int64_t step, const QString& text, const QString& full = {});
  void clear();

 protected:
  void update_plottables() override;
  void fit_axes() override;
  QVector<ReadoutRow> values_at(double x, QString& title) const override;
  void apply_colours() override;
  std::vector<PlotColumn> columns() const override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace halfwave::widgets
