#pragma once

#include "core/precision/schedule.h"

#include <QWidget>

#include <vector>

namespace halfwave::widgets {

/// The phases of a schedule as a coloured bar. A click selects a phase, its edges can be dragged; by keys:
/// Left and Right select, with Ctrl they move the end of the selected phase.
class ScheduleStrip : public QWidget {
  Q_OBJECT

 public:
  explicit ScheduleStrip(QWidget* parent = nullptr);

  void set_phases(const std::vector<SchedulePhase>& phases, int epochs);
  void set_selected(int phase);
  void set_read_only(bool read_only);

  /// Where the end of a phase lies, in pixels from the left.
  int boundary_x(std::size_t phase) const;
  QSize sizeHint() const override { return {200, 30}; }
  QSize minimumSizeHint() const override { return {80, 30}; }

 Q_SIGNALS:
  void phase_selected(int phase);
  /// A person moved an edge; what the phases are then.
  void phases_moved(const std::vector<halfwave::SchedulePhase>& phases);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  bool event(QEvent* event) override;

 private:
  QRectF bar() const;
  double scale() const;
  int phase_under(double x) const;
  int edge_under(double x) const;
  void move_edge(int edge, double position);
  double snap() const;

  std::vector<SchedulePhase> phases_;
  int epochs_ = 1;
  int selected_ = 0;
  int dragged_ = -1;
  bool read_only_ = false;
};

}  // namespace halfwave::widgets
