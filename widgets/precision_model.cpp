#include "widgets/precision_model.h"

#include "core/device/stage_support.h"
#include "widgets/format_text.h"
#include "widgets/policy_colours.h"
#include "widgets/policy_text.h"

#include <QCoreApplication>

#include <algorithm>
#include <array>

namespace halfwave::widgets {
namespace {

struct ColumnText {
  const char* header;
  const char* help;
};

constexpr std::array<ColumnText, policy_columns> column_texts = {{
    {QT_TRANSLATE_NOOP("PrecisionTable", "forward\ntransform"),
     QT_TRANSLATE_NOOP("PrecisionTable", "The Fourier transform and its truncation to the kept modes.")},
    {QT_TRANSLATE_NOOP("PrecisionTable", "contraction"),
     QT_TRANSLATE_NOOP("PrecisionTable", "The product of the kept modes with the spectral weights.")},
    {QT_TRANSLATE_NOOP("PrecisionTable", "inverse\ntransform"),
     QT_TRANSLATE_NOOP("PrecisionTable", "The Fourier transform back to the grid.")},
    {QT_TRANSLATE_NOOP("PrecisionTable", "pointwise"),
     QT_TRANSLATE_NOOP("PrecisionTable", "Skips, channel MLPs and activations.")},
    {QT_TRANSLATE_NOOP("PrecisionTable", "saved\nactivations"),
     QT_TRANSLATE_NOOP("PrecisionTable", "What is kept in memory for the backward pass.")},
    {QT_TRANSLATE_NOOP("PrecisionTable", "weights"),
     QT_TRANSLATE_NOOP("PrecisionTable", "How the parameters are stored.")},
    {QT_TRANSLATE_NOOP("PrecisionTable", "stabilizer"),
     QT_TRANSLATE_NOOP("PrecisionTable", "What keeps a field in range before the forward transform.")},
}};

QString text(std::string_view view) {
  return QString::fromUtf8(view.data(), static_cast<qsizetype>(view.size()));
}

QString translated(const char* source) {
  return QCoreApplication::translate("PrecisionTable", source);
}

}  // namespace

void PolicyModel::all_changed() {
  if (policy_.layers.empty()) return;
  Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, policy_columns - 1));
  Q_EMIT headerDataChanged(Qt::Vertical, 0, rowCount() - 1);
}

void PolicyModel::set_policy(const Policy& policy) {
  const bool same_rows = policy.layers.size() == policy_.layers.size();
  if (!same_rows) beginResetModel();
  policy_ = policy;
  if (!same_rows) endResetModel();
  all_changed();
}

void PolicyModel::set_device(const DeviceInfo& device) {
  device_ = device;
  all_changed();
}

void PolicyModel::set_engine(const std::string& engine) {
  if (engine_ == engine) return;
  engine_ = engine;
  all_changed();
}

void PolicyModel::set_fault(int row, int column) {
  fault_row_ = row;
  fault_column_ = column;
  all_changed();
}

bool PolicyModel::exists(int row, int column) const {
  const auto layers = policy_.layers.size();
  if (row < 0 || static_cast<std::size_t>(row) >= layers || column < 0 || column >= policy_columns)
    return false;
  // The stabilizer stands before the forward transform, so it is where that is.
  const auto stage = column == stabilizer_column ? Stage::forward_transform : static_cast<Stage>(column);
  return has_stage(static_cast<std::size_t>(row), layers, stage);
}

Support PolicyModel::support(int row, int column, Format format) const {
  if (!device_ || device_->support.size() < all_formats.size() || !exists(row, column) ||
      column == stabilizer_column)
    return Support::native;
  LayerPolicy asked = layer(row);
  asked[static_cast<Stage>(column)] = format;
  return stage_support(asked, static_cast<Stage>(column), engine_, *device_);
}

bool PolicyModel::is_emulated(int row, int column) const {
  if (!exists(row, column) || column == stabilizer_column) return false;
  return support(row, column, layer(row)[static_cast<Stage>(column)]) == Support::emulated;
}

bool PolicyModel::any_emulated() const {
  for (int row = 0; row < rowCount(); ++row)
    for (int column = 0; column < policy_columns; ++column)
      if (is_emulated(row, column)) return true;
  return false;
}

bool PolicyModel::any_strict() const {
  return std::any_of(policy_.layers.begin(), policy_.layers.end(),
                     [](const LayerPolicy& l) { return l.accumulation == Accumulation::strict; });
}

bool PolicyModel::any_fp32_gradients() const {
  return std::any_of(policy_.layers.begin(), policy_.layers.end(),
                     [](const LayerPolicy& l) { return l.fp32_gradients; });
}

QString PolicyModel::layer_name(int row) const {
  const auto names = layer_names(rowCount() - 2);
  if (row < 0 || static_cast<std::size_t>(row) >= names.size()) return {};
  return QString::fromStdString(names[static_cast<std::size_t>(row)]);
}

int PolicyModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(policy_.layers.size());
}
int PolicyModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : policy_columns;
}

QString PolicyModel::cell_text(int row, int column) const {
  if (!exists(row, column)) return {};
  if (column == stabilizer_column) return stabilizer_label(layer(row).stabilizer, layer(row).level());
  const QString format = text(name(layer(row)[static_cast<Stage>(column)]));
  return is_emulated(row, column) ? format + QStringLiteral(" ≈") : format;
}

QString PolicyModel::support_tip(int row, int column) const {
  const auto stage = static_cast<Stage>(column);
  const QString device = QString::fromStdString(device_->name);
  const Format format = layer(row)[stage];
  if (!is_emulated(row, column)) return tr("Native on %1.").arg(device);
  QString tip = tr("Emulated on %1: computed in fp32, with exactly the roundings of %2")
                    .arg(device, text(name(format)));
  if (layer(row).accumulation == Accumulation::strict)
    tip += tr("; strict accumulation rounds every partial sum, which no device does by itself");
  else if (device_->supports(format) == Support::native)
    tip += tr("; the engine fft has no transform in fewer than 32 bits there, dft has");
  return tip + u'.';
}

QString PolicyModel::cell_tip(int row, int column) const {
  const QString stage = headerData(column, Qt::Horizontal, Qt::AccessibleTextRole).toString();
  if (!exists(row, column)) return tr("%1 has no %2.").arg(layer_name(row), stage);
  const QString where = layer_name(row) + QStringLiteral(", ") + stage + QStringLiteral(": ");
  if (column == stabilizer_column)
    return where + cell_text(row, column) + u'\n' + stabilizer_help(layer(row).stabilizer);
  const Format format = layer(row)[static_cast<Stage>(column)];
  QString tip = where + text(name(format)) + u'\n' + format_tip(format);
  if (row == fault_row_ && column == fault_column_)
    tip += u'\n' + tr("The first value that was not finite arose here.");
  if (is_stored(static_cast<Stage>(column)))
    return tip + u'\n' + tr("Stored in %1 bytes a value on every device.").arg(storage_bytes(format));
  return device_ ? tip + u'\n' + support_tip(row, column) : tip;
}

QVariant PolicyModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || index.row() >= rowCount()) return {};
  const int row = index.row(), column = index.column();
  const bool has_format = exists(row, column) && column != stabilizer_column;
  switch (role) {
    case Qt::DisplayRole:
      return cell_text(row, column);
    case Qt::EditRole:
      return exists(row, stabilizer_column) && column == stabilizer_column
                 ? QString::number(layer(row).level(), 'g', 6)
                 : QVariant();
    case Qt::ToolTipRole:
      return cell_tip(row, column);
    case Qt::AccessibleTextRole:
      return exists(row, column) ? cell_tip(row, column).section(u'\n', 0, 0) +
                                       (is_emulated(row, column) ? tr(", emulated") : QString())
                                 : cell_tip(row, column);
    case Qt::TextAlignmentRole:
      return static_cast<int>(Qt::AlignCenter);
    case fault_role:
      return row == fault_row_ && column == fault_column_;
    case emulated_role:
      return is_emulated(row, column);
    case colour_role:
    case key_colour_role: {
      if (!has_format) return QVariant::fromValue(QColor());
      const Format format = layer(row)[static_cast<Stage>(column)];
      return role == colour_role ? format_colour(format) : format_key_colour(format);
    }
    default:
      return {};
  }
}

QVariant PolicyModel::row_header(int row, int role) const {
  if (row < 0 || row >= rowCount()) return {};
  const bool strict = layer(row).accumulation == Accumulation::strict;
  const bool gradients = layer(row).fp32_gradients;
  if (role == Qt::DisplayRole) {
    QString shown = layer_name(row);
    if (strict || gradients) shown += u' ';
    if (strict) shown += strict_sign;
    if (gradients) shown += gradients_sign;
    return shown;
  }
  if (role != Qt::ToolTipRole) return {};
  QString tip;
  if (strict) tip += tr("Σ strict accumulation: every partial sum is rounded to the stage's format.\n");
  if (gradients) tip += tr("∇ gradients in fp32, whatever the stage's format is.\n");
  return tip + tr("Click to set every stage of %1, its stabilizer, accumulation and gradients (in the table: "
                  "Shift+Enter).")
                   .arg(layer_name(row));
}

QVariant PolicyModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation == Qt::Vertical) return row_header(section, role);
  if (section < 0 || section >= policy_columns) return {};
  const auto& column = column_texts[static_cast<std::size_t>(section)];
  if (role == Qt::DisplayRole) return translated(column.header);
  if (role == Qt::AccessibleTextRole) return translated(column.header).replace(u'\n', u' ');
  if (role == Qt::ToolTipRole)
    return translated(column.help) + u'\n' + tr("Click to set every layer (in the table: Ctrl+Enter).");
  return {};
}

Qt::ItemFlags PolicyModel::flags(const QModelIndex& index) const {
  if (!exists(index.row(), index.column())) return Qt::NoItemFlags;
  const bool has_level =
      index.column() == stabilizer_column && default_level(layer(index.row()).stabilizer) > 0.0;
  Qt::ItemFlags flags = Qt::ItemIsEnabled | Qt::ItemIsSelectable;
  return has_level ? flags | Qt::ItemIsEditable : flags;
}

}  // namespace halfwave::widgets
