#pragma once

#include <QLayout>
#include <QList>

namespace halfwave::widgets {

/// Lays widgets out like words in a paragraph.
class FlowLayout : public QLayout {
 public:
  FlowLayout(QWidget* parent, int gap);
  ~FlowLayout() override;

  void addItem(QLayoutItem* item) override;
  int count() const override;
  QLayoutItem* itemAt(int index) const override;
  QLayoutItem* takeAt(int index) override;
  Qt::Orientations expandingDirections() const override { return {}; }
  bool hasHeightForWidth() const override { return true; }
  int heightForWidth(int width) const override;
  QSize sizeHint() const override;
  QSize minimumSize() const override;
  void setGeometry(const QRect& rect) override;

 private:
  /// Returns the height needed; moves the items when `move`.
  int arrange(const QRect& rect, bool move) const;

  QList<QLayoutItem*> items_;
};

}  // namespace halfwave::widgets
