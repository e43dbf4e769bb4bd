#pragma once

#include "widgets/range_paint.h"

#include <QWidget>

#include <optional>

namespace halfwave::widgets {

/// One row of a range event enlarged: its share of values by binary exponent as bars on a logarithmic scale,
/// the format's band with its ends named, and the counts of special values.
class RangeDetail : public QWidget {
  Q_OBJECT

 public:
  explicit RangeDetail(QWidget* parent = nullptr);

  void set_row(const StageRange& range, const QString& layer);
  const std::optional<StageRange>& row() const { return row_; }
  QSize sizeHint() const override { return {420, 190}; }
  QSize minimumSizeHint() const override { return {240, 150}; }

 Q_SIGNALS:
  void closed();

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  bool event(QEvent* event) override;

 private:
  QRectF plot_area() const;
  void paint_shares(QPainter& painter, const QRectF& area) const;
  void paint_names(QPainter& painter, const ExponentAxis& axis, const QRectF& area) const;
  /// All counts, or where those are too wide the ones that are not 0.
  QString counts_text(int width) const;

  std::optional<StageRange> row_;
  QString layer_;
  QWidget* close_ = nullptr;
};

}  // namespace halfwave::widgets
