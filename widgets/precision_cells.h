#pragma once

#include "widgets/policy_colours.h"
#include "widgets/precision_model.h"

#include <QStyledItemDelegate>

namespace halfwave::widgets {

/// Draws a cell as a rounded chip in its format's colour, and edits a stabilizer's level in place.
class PolicyDelegate : public QStyledItemDelegate {
  Q_OBJECT

 public:
  using QStyledItemDelegate::QStyledItemDelegate;
  /// What a text needs at the least; it is then drawn a little smaller.
  static int least_width(const QFontMetrics& metrics, const QString& text);
  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
  QWidget* createEditor(QWidget* parent, const QStyleOptionViewItem& option,
                        const QModelIndex& index) const override;
  void setModelData(QWidget* editor, QAbstractItemModel* model, const QModelIndex& index) const override;

 Q_SIGNALS:
  /// A person has typed a level, which is above 0.
  void level_typed(double level) const;
};

}  // namespace halfwave::widgets
