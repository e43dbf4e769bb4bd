#pragma once

#include "widgets/qcustomplot_header.h"

#include <QString>
namespace halfwave::widgets {

/// A number as a person writes it: `0.05`, `1200`, `3·10⁻⁷`.
QString plain_number(double value, int significant = 3);

/// Ticks of a logarithmic axis: powers of ten where many decades are seen, 1-2-5 or all nine multiples of
/// them where few are, evenly spaced numbers where less than one is.
class LogTicker : public QCPAxisTicker {
 public:
  LogTicker();

 protected:
  double getTickStep(const QCPRange& range) override;
  int getSubTickCount(double step) override;
  QVector<double> createTickVector(double step, const QCPRange& range) override;
  QVector<double> createSubTickVector(int count, const QVector<double>& ticks) override;
  QString getTickLabel(double tick, const QLocale& locale, QChar format, int precision) override;

 private:
  QCPRange range_;
};

/// Evenly spaced ticks labelled with plain_number.
class LinearTicker : public QCPAxisTicker {
 public:
  /// With `whole`, no fraction where a step is more than 1 (epochs); with `least_step` none below it
  /// (counts).
  explicit LinearTicker(bool whole = false, double least_step = 0.0)
      : whole_(whole), least_step_(least_step) {}

 protected:
  double getTickStep(const QCPRange& range) override;
  int getSubTickCount(double step) override;
  QString getTickLabel(double tick, const QLocale& locale, QChar format, int precision) override;

 private:
  bool whole_;
  double least_step_;
};

}  // namespace halfwave::widgets
