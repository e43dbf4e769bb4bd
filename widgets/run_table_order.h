#pragma once

#include <QSortFilterProxyModel>

namespace halfwave::widgets {

/// Sorts and filters the runs: pinned ones first, those with nothing in the sorted column last, and of equal
/// ones the newest first. A filter's words must all be found, each somewhere in a run's texts.
class RunTableOrder : public QSortFilterProxyModel {
  Q_OBJECT
 public:
  explicit RunTableOrder(QObject* parent = nullptr);

  void set_filter(const QString& text);

 protected:
  bool lessThan(const QModelIndex& left, const QModelIndex& right) const override;
  bool filterAcceptsRow(int row, const QModelIndex& parent) const override;

 private:
  QStringList words_;
};

}  // namespace halfwave::widgets
