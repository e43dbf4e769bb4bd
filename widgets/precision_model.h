#pragma once

#include "core/device/device.h"
#include "core/precision/policy.h"

#include <QAbstractTableModel>

#include <optional>
#include <string>

namespace halfwave::widgets {

/// The stages and the stabilizer as columns.
inline constexpr int stabilizer_column = static_cast<int>(stage_count);
inline constexpr int policy_columns = stabilizer_column + 1;

/// A policy as a table model; every text and tooltip of the precision table's cells comes from here.
class PolicyModel : public QAbstractTableModel {
  Q_OBJECT

 public:
  enum Role { emulated_role = Qt::UserRole, colour_role, key_colour_role, fault_role };
  using QAbstractTableModel::QAbstractTableModel;

  void set_policy(const Policy& policy);
  const Policy& policy() const { return policy_; }
  const LayerPolicy& layer(int row) const { return policy_.layers[static_cast<std::size_t>(row)]; }
  void set_device(const DeviceInfo& device);
  /// The engine that computes the transforms: `fft` or `dft`.
  void set_engine(const std::string& engine);

  /// The cell where a run went wrong; (−1, −1) for none.
  void set_fault(int row, int column);

  /// False for the cells a layer does not have.
  bool exists(int row, int column) const;
  /// Whether the device replaces the cell's format by exact rounding. Stored things never are: they have the
  /// format's bytes everywhere.
  bool is_emulated(int row, int column) const;
  bool any_emulated() const;
  /// True when a layer accumulates strictly, or has fp32 gradients.
  bool any_strict() const;
  bool any_fp32_gradients() const;
  /// How the device would compute a format in that cell.
  Support support(int row, int column, Format format) const;
  const std::optional<DeviceInfo>& device() const { return device_; }
  QString layer_name(int row) const;

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
  Qt::ItemFlags flags(const QModelIndex& index) const override;

 private:
  QString cell_text(int row, int column) const;
  QString cell_tip(int row, int column) const;
  QString support_tip(int row, int column) const;
  QVariant row_header(int row, int role) const;
  void all_changed();

  Policy policy_;
  std::optional<DeviceInfo> device_;
  std::string engine_ = "dft";
  int fault_row_ = -1;
  int fault_column_ = -1;
};

/// The signs of strict accumulation and of fp32 gradients, beside the layers that have them.
inline constexpr QChar strict_sign = u'Σ';
inline constexpr QChar gradients_sign = u'∇';

}  // namespace halfwave::widgets
