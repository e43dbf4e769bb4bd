#pragma once

#include <QTableView>

namespace halfwave::widgets {

/// The cells of the precision table: keys ask for a menu, and every column shows its whole header and its
/// cells.
class PrecisionView : public QTableView {
  Q_OBJECT

 public:
  static constexpr int row_height = 30;

  using QTableView::QTableView;

  /// Headers, scrolling and selection; called once the model is set.
  void set_up();
  /// What the texts leave of the width is shared out.
  void share_width();

 Q_SIGNALS:
  /// Enter, Space, F2 or the menu key was pressed, with these modifiers.
  void menu_asked(Qt::KeyboardModifiers modifiers);

 protected:
  void resizeEvent(QResizeEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
};

}  // namespace halfwave::widgets
