#pragma once

#include <QString>

#include <functional>
#include <vector>

class QCPItemStraightLine;
class QCPItemText;
class QCustomPlot;

namespace halfwave::widgets {

/// Vertical lines with text at the top of a plot. Texts that would cover one another go to a line below, and
/// are left out where three lines are not enough; the line always stays.
class PlotMarks {
 public:
  explicit PlotMarks(QCustomPlot& plot);

  /// `full` is what a read-out says; empty = `text`. The same mark at the same place is added once.
  void add(double x, const QString& text, const QString& full = {});
  void clear();
  void apply_colours();
  /// Puts every mark at `place` of where it was added.
  void move(const std::function<double(double)>& place);
  /// Places the texts for the current axes; call it before a redraw.
  void arrange();

  struct Mark {
    double x;
    QString text;
    QString full;
    QCPItemStraightLine* line;
    QCPItemText* label;
    double given;  ///< the place it was added at
  };
  const std::vector<Mark>& all() const { return marks_; }
  /// The mark within `pixels` of `x`, or nullptr.
  const Mark* near(double x, double pixels) const;

 private:
  QCustomPlot& plot_;
  std::vector<Mark> marks_;
};

}  // namespace halfwave::widgets
