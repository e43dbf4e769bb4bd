#pragma once

#include "widgets/range_paint.h"

#include <QAbstractScrollArea>

#include <optional>

namespace halfwave::widgets {

/// The rows of a range event as a heat map over binary exponents: each with the band of its format, its
/// headroom and, where there is room, the shares of special values. Up, Down, Home, End, the page keys and
/// clicks select a row; Enter and a second click on it activate it.
class RangeOverview : public QAbstractScrollArea {
  Q_OBJECT

 public:
  explicit RangeOverview(QWidget* parent = nullptr);

  void set_rows(std::vector<StageRange> rows, const QStringList& layers);
  const std::vector<StageRange>& rows() const { return rows_; }
  /// When the rows were looked at; shown below the headroom.
  void set_time(const QString& epoch, const QString& step);
  void select(const std::optional<RangeKey>& key);
  const std::optional<RangeKey>& selected() const { return selected_; }
  void set_fault(const std::optional<RangeKey>& key);
  /// Where a row is drawn, in coordinates of the viewport.
  QRect row_rect(std::size_t row) const;
  void scroll_to_selection();

 Q_SIGNALS:
  /// A person selected a row.
  void chosen();
  void activated();

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  bool viewportEvent(QEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  struct Columns;
  Columns columns() const;
  int header_height() const;
  int footer_height() const;
  int row_top(std::size_t row) const;  ///< in the content, from 0
  int content_height() const;
  void arrange();
  std::optional<std::size_t> index_of(const std::optional<RangeKey>& key) const;
  std::optional<std::size_t> row_at(const QPoint& position) const;
  void choose(std::size_t row);
  void paint_row(QPainter& painter, const Columns& c, std::size_t row, int top) const;
  void paint_footer(QPainter& painter, const Columns& c) const;
  void paint_scale(QPainter& painter, const QRectF& area, bool titled) const;
  bool begins_layer(std::size_t row) const;

  std::vector<StageRange> rows_;
  QStringList layers_;
  QString epoch_, step_;
  ExponentSpan span_;
  std::optional<RangeKey> selected_, fault_;
  int row_height_ = 22;
};

}  // namespace halfwave::widgets
