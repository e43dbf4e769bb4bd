#pragma once

#include "core/training/events.h"

#include <QWidget>

class QCustomPlot;
class QCPAxisRect;
class QCPGraph;

namespace halfwave::widgets {

/// Fields on one axis as curves: the input above; truth, prediction and error below.
class FieldLines : public QWidget {
  Q_OBJECT
 public:
  explicit FieldLines(QWidget* parent = nullptr);

  void set_labels(const QString& input, const QString& output);
  /// All have one axis of the same length; prediction and error may be empty.
  void set_fields(const Field& input, const Field& truth, const Field& prediction, const Field& error);
  void reset_view();

 Q_SIGNALS:
  /// Index of the point nearest to the mouse; −1 when it has left the plot.
  void hovered(int index);

 protected:
  bool eventFilter(QObject* object, QEvent* event) override;

 private:
  void recolour();

  QCustomPlot* plot_ = nullptr;
  QCPAxisRect* upper_ = nullptr;
  QCPAxisRect* lower_ = nullptr;
  QCPGraph* input_ = nullptr;
  QCPGraph* truth_ = nullptr;
  QCPGraph* prediction_ = nullptr;
  QCPGraph* error_ = nullptr;
  int count_ = 0;
};

}  // namespace halfwave::widgets
