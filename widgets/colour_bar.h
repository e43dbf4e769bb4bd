#pragma once

#include "widgets/colormap.h"

#include <QWidget>

namespace halfwave::widgets {

/// A vertical colour bar with tick labels and the unit above it. Triangles at its ends say that values lie
/// outside the range.
class ColourBar : public QWidget {
  Q_OBJECT
 public:
  explicit ColourBar(QWidget* parent = nullptr);

  void set_map(ColourMap map);
  void set_range(const ColourRange& range);
  void set_unit(const QString& unit);
  void set_outside(bool below, bool above);

  ColourMap map() const { return map_; }
  const ColourRange& range() const { return range_; }
  QString unit() const { return unit_; }

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  ColourMap map_ = ColourMap::viridis;
  ColourRange range_;
  QString unit_;
  bool below_ = false;
  bool above_ = false;
};

/// A value with a few significant digits for read-outs: `−0.25`, `3.5·10⁻⁵`, `NaN`, `+∞`.
QString format_value(double value, int digits = 4);
/// Round numbers (1, 2, 2.5 or 5 times a power of ten) within the range, at most `most` of them.
std::vector<double> nice_ticks(const ColourRange& range, int most);

}  // namespace halfwave::widgets
