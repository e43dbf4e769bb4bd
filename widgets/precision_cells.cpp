#include "widgets/precision_cells.h"

#include "widgets/plot_style.h"
#include "widgets/theme.h"

#include <QPainter>

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

bool is_storage(int column) {
  return column == static_cast<int>(Stage::saved_activations) || column == static_cast<int>(Stage::weights);
}

}  // namespace

QColor format_colour(Format format) {
  // Okabe and Ito's colours, by format and not by place, so that they mean the same in every table.
  static constexpr std::array<QRgb, all_formats.size()> base = {0x999999, 0x0072b2, 0xcc79a7, 0xe69f00,
                                                                0x009e73, 0xd55e00, 0xf0e442};
  const auto& colours = theme_colours();
  return blend(QColor(base[static_cast<std::size_t>(format)]), colours.panel, colours.dark ? 0.5 : 0.34);
}

void PolicyModel::set_policy(const Policy& policy) {
  if (policy.layers.size() != policy_.layers.size()) {
    beginResetModel();
    policy_ = policy;
    endResetModel();
    return;
  }
  policy_ = policy;
  if (policy_.layers.empty()) return;
  Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, policy_columns - 1));
}

void PolicyModel::set_device(const DeviceInfo& device) {
  device_ = device;
  if (!policy_.layers.empty()) Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, policy_columns - 1));
}

bool PolicyModel::exists(int row, int column) const {
  const auto layers = policy_.layers.size();
  if (row < 0 || static_cast<std::size_t>(row) >= layers || column < 0 || column >= policy_columns)
    return false;
  // The stabilizer stands before the forward transform, so it is where that is.
  const auto stage = column == stabilizer_column ? Stage::forward_transform : static_cast<Stage>(column);
  return has_stage(static_cast<std::size_t>(row), layers, stage);
}

Support PolicyModel::support(Format format) const {
  if (!device_ || device_->support.size() <= static_cast<std::size_t>(format)) return Support::native;
  return device_->supports(format);
}

bool PolicyModel::is_emulated(int row, int column) const {
  if (!exists(row, column) || column == stabilizer_column || is_storage(column)) return false;
  return support(policy_.layers[static_cast<std::size_t>(row)][static_cast<Stage>(column)]) ==
         Support::emulated;
}

bool PolicyModel::any_emulated() const {
  for (int row = 0; row < rowCount(); ++row)
    for (int column = 0; column < policy_columns; ++column)
      if (is_emulated(row, column)) return true;
  return false;
}

void PolicyModel::set_fault(int row, int column) {
  fault_row_ = row;
  fault_column_ = column;
  if (rowCount() > 0) Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, policy_columns - 1));
}

int PolicyModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(policy_.layers.size());
}
int PolicyModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : policy_columns;
}

QString PolicyModel::cell_text(int row, int column) const {
  if (!exists(row, column)) return {};
  const auto& layer = policy_.layers[static_cast<std::size_t>(row)];
  if (column == stabilizer_column) return text(name(layer.stabilizer));
  const QString format = text(name(layer[static_cast<Stage>(column)]));
  return is_emulated(row, column) ? format + QStringLiteral(" ≈") : format;
}

QString PolicyModel::cell_tip(int row, int column) const {
  const QString layer = headerData(row, Qt::Vertical, Qt::DisplayRole).toString();
  const QString stage = headerData(column, Qt::Horizontal, Qt::AccessibleTextRole).toString();
  if (!exists(row, column)) return tr("%1 has no %2.").arg(layer, stage);
  const QString where = layer + QStringLiteral(", ") + stage + QStringLiteral(": ");
  const auto& cells = policy_.layers[static_cast<std::size_t>(row)];
  if (column == stabilizer_column) return where + text(name(cells.stabilizer));
  const auto& format = facts(cells[static_cast<Stage>(column)]);
  QString tip = where + text(format.name) + u'\n' +
                tr("%1 bits, largest value %2, unit roundoff %3")
                    .arg(format.storage_bits)
                    .arg(format.max_finite, 0, 'g', 3)
                    .arg(format.unit_roundoff, 0, 'g', 2);
  if (is_storage(column))
    return tip + u'\n' + tr("Stored in %1 bytes a value on every device.").arg(format.storage_bits / 8);
  if (!device_) return tip;
  const QString device = QString::fromStdString(device_->name);
  if (row == fault_row_ && column == fault_column_)
    tip += u'\n' + tr("The first value that was not finite arose here.");
  return tip + u'\n' +
         (is_emulated(row, column) ? tr("Emulated on %1: computed in fp32, with exactly the roundings of %2.")
                                         .arg(device, text(format.name))
                                   : tr("Native on %1.").arg(device));
}

QVariant PolicyModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || index.row() >= rowCount()) return {};
  const int row = index.row(), column = index.column();
  switch (role) {
    case Qt::DisplayRole:
      return cell_text(row, column);
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
      if (!exists(row, column)) return {};
      if (column == stabilizer_column) return QVariant::fromValue(QColor());
      return format_colour(policy_.layers[static_cast<std::size_t>(row)][static_cast<Stage>(column)]);
    default:
      return {};
  }
}

QVariant PolicyModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation == Qt::Vertical) {
    const auto names = layer_names(rowCount() - 2);
    if (section < 0 || static_cast<std::size_t>(section) >= names.size()) return {};
    const QString layer = QString::fromStdString(names[static_cast<std::size_t>(section)]);
    if (role == Qt::DisplayRole) return layer;
    if (role == Qt::ToolTipRole)
      return tr("Click to set every stage of %1 (in the table: Shift+Enter).").arg(layer);
    return {};
  }
  if (section < 0 || section >= policy_columns) return {};
  const auto& column = column_texts[static_cast<std::size_t>(section)];
  if (role == Qt::DisplayRole) return translated(column.header);
  if (role == Qt::AccessibleTextRole) return translated(column.header).replace(u'\n', u' ');
  if (role == Qt::ToolTipRole)
    return translated(column.help) + u'\n' + tr("Click to set every layer (in the table: Ctrl+Enter).");
  return {};
}

Qt::ItemFlags PolicyModel::flags(const QModelIndex& index) const {
  return exists(index.row(), index.column()) ? Qt::ItemIsEnabled | Qt::ItemIsSelectable : Qt::NoItemFlags;
}

void PolicyDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                           const QModelIndex& index) const {
  const auto& colours = theme_colours();
  painter->save();
  painter->setRenderHint(QPainter::Antialiasing);
  painter->fillRect(option.rect, colours.panel);
  const QRectF chip = QRectF(option.rect).adjusted(2.5, 2.5, -2.5, -2.5);
  if (!index.flags().testFlag(Qt::ItemIsEnabled)) {
    painter->setPen(colours.border);
    painter->drawText(option.rect, Qt::AlignCenter, QStringLiteral("–"));
    painter->restore();
    return;
  }
  const auto fill = index.data(PolicyModel::colour_role).value<QColor>();
  const bool focused = option.state.testFlag(QStyle::State_HasFocus);
  const bool hovered = option.state.testFlag(QStyle::State_MouseOver);
  const bool is_enabled = option.state.testFlag(QStyle::State_Enabled);
  const QColor edge = focused ? colours.accent : hovered && is_enabled ? colours.text : colours.border;
  painter->setPen(QPen(edge, focused ? 2 : 1));
  if (fill.isValid())
    painter->setBrush(fill);
  else
    painter->setBrush(Qt::NoBrush);
  painter->drawRoundedRect(chip, 4, 4);
  if (index.data(PolicyModel::fault_role).toBool()) {
    painter->setPen(QPen(colours.bad, 3));
    painter->setBrush(Qt::NoBrush);
    painter->drawRoundedRect(chip, 4, 4);
  }
  painter->setPen(colours.text);
  painter->drawText(chip, Qt::AlignCenter, index.data(Qt::DisplayRole).toString());
  painter->restore();
}

}  // namespace halfwave::widgets
