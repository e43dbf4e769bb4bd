#pragma once

#include "core/device/device.h"
#include "core/precision/policy.h"

#include <QAbstractTableModel>
#include <QColor>
#include <QStyledItemDelegate>

#include <optional>

namespace halfwave::widgets {

/// The stages and the stabilizer as columns.
inline constexpr int stabilizer_column = static_cast<int>(stage_count);
inline constexpr int policy_columns = stabilizer_column + 1;

/// The colour that stands for a format, in the theme's shade.
QColor format_colour(Format format);

/// A policy as a table model; every text and tooltip of the precision table comes from here.
class PolicyModel : public QAbstractTableModel {
  Q_OBJECT

 public:
  enum Role { emulated_role = Qt::UserRole, colour_role, fault_role };
  using QAbstractTableModel::QAbstractTableModel;

  void set_policy(const Policy& policy);
  const Policy& policy() const { return policy_; }
  void set_device(const DeviceInfo& device);

  /// The cell where a run went wrong; (−1, −1) for none.
  void set_fault(int row, int column);

  /// False for the cells a layer does not have.
  bool exists(int row, int column) const;
  /// Whether the device replaces the cell's format by exact rounding. Stored things never are: they have the
  /// format's bytes everywhere.
  bool is_emulated(int row, int column) const;
  bool any_emulated() const;
  Support support(Format format) const;
  const std::optional<DeviceInfo>& device() const { return device_; }

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
  Qt::ItemFlags flags(const QModelIndex& index) const override;

 private:
  QString cell_text(int row, int column) const;
  QString cell_tip(int row, int column) const;

  Policy policy_;
  std::optional<DeviceInfo> device_;
  int fault_row_ = -1;
  int fault_column_ = -1;
};

/// Draws a cell as a rounded chip in its format's colour.
class PolicyDelegate : public QStyledItemDelegate {
 public:
  using QStyledItemDelegate::QStyledItemDelegate;
  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
};

}  // namespace halfwave::widgets
