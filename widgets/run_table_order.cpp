#include "widgets/run_table_order.h"

#include "widgets/run_table_model.h"

#include <cmath>

namespace halfwave::widgets {
namespace {

QVariant value_at(const QModelIndex& index, RunColumn column) {
  return index.siblingAtColumn(static_cast<int>(column)).data(RunTableModel::sort_role);
}

bool says_something(const QVariant& value) {
  return value.isValid() && !(value.typeId() == QMetaType::Double && std::isnan(value.toDouble()));
}

/// Below 0 when `a` comes first in rising order.
int compare(const QVariant& a, const QVariant& b) {
  if (a.typeId() == QMetaType::QString) return QString::localeAwareCompare(a.toString(), b.toString());
  const double left = a.toDouble(), right = b.toDouble();
  return left < right ? -1 : left > right ? 1 : 0;
}

}  // namespace

RunTableOrder::RunTableOrder(QObject* parent) : QSortFilterProxyModel(parent) {
  setSortRole(RunTableModel::sort_role);
}

void RunTableOrder::set_filter(const QString& text) {
  words_ = text.simplified().split(u' ', Qt::SkipEmptyParts);
  invalidateFilter();
}

bool RunTableOrder::lessThan(const QModelIndex& left, const QModelIndex& right) const {
  // What holds in either order has to be turned round in falling order.
  const bool rising = sortOrder() == Qt::AscendingOrder;
  const int left_pin = value_at(left, RunColumn::pin).toInt();
  const int right_pin = value_at(right, RunColumn::pin).toInt();
  if (left_pin != right_pin) return (left_pin < right_pin) == rising;
  const QVariant a = left.data(sortRole()), b = right.data(sortRole());
  if (says_something(a) != says_something(b)) return says_something(a) == rising;
  const int order = says_something(a) ? compare(a, b) : 0;
  if (order != 0) return order < 0;
  const double newer =
      value_at(left, RunColumn::started).toDouble() - value_at(right, RunColumn::started).toDouble();
  if (newer != 0.0) return (newer > 0.0) == rising;
  return compare(value_at(left, RunColumn::name), value_at(right, RunColumn::name)) < 0;
}

bool RunTableOrder::filterAcceptsRow(int row, const QModelIndex& parent) const {
  if (words_.isEmpty()) return true;
  const QString text = sourceModel()->index(row, 0, parent).data(RunTableModel::search_role).toString();
  for (const QString& word : words_)
    if (!text.contains(word, Qt::CaseInsensitive)) return false;
  return true;
}

}  // namespace halfwave::widgets
