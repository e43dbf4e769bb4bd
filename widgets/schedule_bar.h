#pragma once

#include "core/precision/schedule.h"

#include <QString>
#include <QWidget>

#include <vector>

class QCustomPlot;

namespace halfwave::widgets {

/// The schedule as a thin bar under a plot over epochs, aligned with its axis: phases in their policy's
/// colour, the part that is done in full colour, edits made by hand as ticks. It is there only when there is
/// a schedule or an edit.
class ScheduleBar : public QWidget {
  Q_OBJECT

 public:
  explicit ScheduleBar(QWidget* parent = nullptr);

  /// Stays aligned with the plot's x axis when it is zoomed, panned or resized.
  void follow(QCustomPlot& plot);

  /// `constant` is the policy where `phases` is empty.
  void set_schedule(const std::vector<SchedulePhase>& phases, const SchedulePhase& constant, int epochs);
  bool has_schedule() const { return !phases_.empty(); }
  int epochs() const { return epochs_; }
  void set_done(double epoch);
  /// An edit made while the run went on, at a place between epochs.
  void add_edit(double epoch, const QString& text, const QString& full);
  int edit_count() const { return static_cast<int>(edits_.size()); }
  /// Nothing is done yet, and nothing edited.
  void clear_run();

  /// The pixel of a place on the epoch axis.
  double x_of(double epoch) const;
  /// What the bar says of that pixel.
  QString tip_at(double x) const;
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override { return sizeHint(); }

 Q_SIGNALS:
  void changed();

 protected:
  void paintEvent(QPaintEvent* event) override;
  bool event(QEvent* event) override;

 private:
  struct Edit {
    double epoch;
    QString text, full;
  };
  struct Stretch {
    double from, to;
    const SchedulePhase* phase;
  };
  std::vector<Stretch> stretches() const;
  void refresh();

  QCustomPlot* plot_ = nullptr;
  std::vector<SchedulePhase> phases_;
  SchedulePhase constant_;
  std::vector<Edit> edits_;
  int epochs_ = 0;
  double done_ = 0.0;
};

}  // namespace halfwave::widgets
