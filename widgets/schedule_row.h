#pragma once

#include "core/precision/schedule.h"

#include <QObject>

class QComboBox;
class QGridLayout;
class QLabel;
class QLineEdit;
class QToolButton;
class QWidget;

namespace halfwave::widgets {

/// The widgets of one phase in the schedule editor: its number, policy, share, epochs and a way to remove it.
class ScheduleRow : public QObject {
  Q_OBJECT

 public:
  ScheduleRow(QGridLayout& grid, int line, int index, QWidget* parent);
  ~ScheduleRow() override;

  void show(const SchedulePhase& phase, const QString& epochs, bool selected);
  void set_read_only(bool read_only);
  bool is_valid() const { return readable_; }
  QLineEdit* share() const { return share_; }
  QToolButton* number() const { return number_; }

 Q_SIGNALS:
  void chosen();
  void preset_chosen(const QString& preset);
  void share_typed(double fraction);
  void unreadable();
  void removed();

 private:
  void read_share(const QString& text);

  int index_;
  bool readable_ = true;
  QToolButton* number_;
  QComboBox* preset_;
  QLineEdit* share_;
  QLabel* percent_;
  QLabel* epochs_;
  QToolButton* remove_;
};

}  // namespace halfwave::widgets
