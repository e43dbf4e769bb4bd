#pragma once

#include "core/training/events.h"
#include "widgets/plot_view.h"

#include <memory>

namespace halfwave::widgets {

/// Radially averaged power spectra of truth and prediction on log–log axes; the wavenumber is in cycles per
/// domain. A vertical mark shows the highest wavenumber that the operator's modes carry.
class SpectrumPlot : public PlotView {
  Q_OBJECT

 public:
  explicit SpectrumPlot(QWidget* parent = nullptr);
  ~SpectrumPlot() override;

  void set_spectrum(const SpectrumEvent& event);
  /// Kept modes along an axis, as in `operator.modes` (both signs counted: 16 modes end at wavenumber 8).
  /// 0 hides the mark.
  void set_modes(int modes);
  /// Unit of the field; empty for a number without unit.
  void set_unit(const QString& unit);
  void clear();

 protected:
  void update_plottables() override;
  void fit_axes() override;
  QVector<ReadoutRow> values_at(double x, QString& title) const override;
  void apply_colours() override;
  std::vector<PlotColumn> columns() const override;

 private:
  QColor truth_colour() const;
  QColor prediction_colour() const;

  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace halfwave::widgets
