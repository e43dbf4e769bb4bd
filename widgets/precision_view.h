#pragma once

#include <QTableView>

namespace halfwave::widgets {

/// The cells of the precision table: keys ask for a menu, and every column shows its whole header.
class PrecisionView : public QTableView {
  Q_OBJECT

 public:
  using QTableView::QTableView;

 Q_SIGNALS:
  /// Enter, Space, F2 or the menu key was pressed, with these modifiers.
  void menu_asked(Qt::KeyboardModifiers modifiers);

 protected:
  void resizeEvent(QResizeEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  /// What the headers leave of the width is shared out.
  void share_width();
};

}  // namespace halfwave::widgets
