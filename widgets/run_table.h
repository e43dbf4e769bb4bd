#pragma once

#include "widgets/run_table_model.h"

#include <QWidget>

class QAction;
class QLabel;
class QLineEdit;
class QTableView;

namespace halfwave::widgets {

class RunTableOrder;

/// Every recorded run as a row: sorted by any column, filtered by text, renamed, grouped, pinned, coloured.
/// What is asked of a run's folder (open, show, throw away) is only told, never done here.
class RunTable : public QWidget {
  Q_OBJECT
 public:
  /// Curves of more runs than these at once could not be told apart.
  static constexpr int most_drawn = 24;

  explicit RunTable(QWidget* parent = nullptr);

  RunTableModel* model() const { return model_; }
  QTableView* view() const { return view_; }
  /// In the order in which they are seen; at most so many.
  std::vector<RunRow> selected(int most = most_drawn) const;
  void clear_selection();
  /// Goes to the row of a run, which commands and keys are then about. What is selected stays so.
  void make_current(const QString& folder);
  /// Said in place of the rows while there are none.
  void set_hint(const QString& text);

  /// Widths, order and sorting of the columns.
  QByteArray layout_state() const;
  void restore_layout_state(const QByteArray& state);

 Q_SIGNALS:
  void selection_changed();
  void open_requested(const QString& folder);
  void reveal_requested(const QString& folder);
  void trash_requested(const QStringList& folders);

 private:
  void make_actions();
  void show_menu(const QPoint& position);
  void show_counts();
  void edit(RunColumn column);
  void toggle_pins();
  void set_colour(int colour);
  void group_selected(const QString& group);
  QStringList selected_folders() const;
  std::vector<int> selected_rows() const;  ///< of the model
  const RunRow* current() const;

  RunTableModel* model_;
  RunTableOrder* order_;
  QLineEdit* filter_;
  QLabel* counts_;
  QLabel* hint_;
  QTableView* view_;
  QList<QAction*> actions_;
  QAction* pin_ = nullptr;
  bool grouping_ = false;  // the label being typed is for every selected run
};

}  // namespace halfwave::widgets
