#pragma once

#include "core/training/events.h"
#include "widgets/plot_view.h"

#include <memory>
#include <vector>

namespace halfwave::widgets {

/// Fields along a line as curves over x in [0, 1]: the truth, and what each run makes of it.
class CompareLines : public PlotView {
  Q_OBJECT
 public:
  explicit CompareLines(QWidget* parent = nullptr);
  ~CompareLines() override;

  struct Line {
    std::size_t run = 0;  ///< whose colour and dash it has
    QString name;
    Field field;
  };
  /// `truth` may be without values: then errors are shown.
  void set_lines(const Field& truth, std::vector<Line> lines, const QString& label);
  std::size_t line_count() const;

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
