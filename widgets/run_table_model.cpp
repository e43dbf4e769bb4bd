#include "widgets/run_table_model.h"

#include "widgets/run_pen.h"
#include "widgets/theme.h"

#include <QGuiApplication>
#include <QIcon>
#include <QSet>

namespace halfwave::widgets {
namespace {

bool is_text(RunColumn column) {
  switch (column) {
    case RunColumn::name:
    case RunColumn::state:
    case RunColumn::policy:
    case RunColumn::op:
    case RunColumn::started:
    case RunColumn::group:
      return true;
    default:
      return false;
  }
}

QVariant state_colour(RunStanding standing) {
  const ThemeColours& colours = theme_colours();
  switch (standing) {
    case RunStanding::running:
      return colours.good;
    case RunStanding::paused:
    case RunStanding::interrupted:
      return colours.warning;
    case RunStanding::failed:
    case RunStanding::unreadable:
      return colours.bad;
    default:
      return {};
  }
}

QVariant alignment(RunColumn column) {
  if (column == RunColumn::pin) return static_cast<int>(Qt::AlignCenter);
  return static_cast<int>(Qt::AlignVCenter | (is_text(column) ? Qt::AlignLeft : Qt::AlignRight));
}

}  // namespace

RunTableModel::RunTableModel(QObject* parent) : QAbstractTableModel(parent) {
  connect(&theme_notifier(), &ThemeNotifier::changed, this, [this] {
    if (!rows_.empty())
      Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, run_column_count - 1),
                         {Qt::DecorationRole, Qt::ForegroundRole});
  });
}

void RunTableModel::update(const std::vector<std::shared_ptr<const RunSummary>>& runs) {
  std::vector<RunRow> added;
  for (const auto& run : runs) {
    const QString folder = run_folder_text(*run);
    const int row = row_of(folder);
    if (row < 0) {
      added.push_back({run, notes_.value(folder)});
    } else {
      rows_[static_cast<std::size_t>(row)].run = run;
      row_changed(row);
    }
  }
  if (added.empty()) return;
  beginInsertRows({}, rowCount(), rowCount() + static_cast<int>(added.size()) - 1);
  rows_.insert(rows_.end(), added.begin(), added.end());
  number_rows();
  endInsertRows();
}

void RunTableModel::keep(const QStringList& folders) {
  const QSet<QString> kept(folders.begin(), folders.end());
  for (int row = rowCount() - 1; row >= 0; --row) {
    if (kept.contains(run_folder_text(*rows_[static_cast<std::size_t>(row)].run))) continue;
    beginRemoveRows({}, row, row);
    rows_.erase(rows_.begin() + row);
    number_rows();
    endRemoveRows();
  }
}

void RunTableModel::number_rows() {
  index_.clear();
  for (std::size_t row = 0; row < rows_.size(); ++row)
    index_.insert(run_folder_text(*rows_[row].run), static_cast<int>(row));
}

void RunTableModel::row_changed(int row) {
  Q_EMIT dataChanged(index(row, 0), index(row, run_column_count - 1));
}

void RunTableModel::set_note(const QString& folder, const RunNote& note) {
  notes_.insert(folder, note);
  const int row = row_of(folder);
  if (row < 0 || rows_[static_cast<std::size_t>(row)].note == note) return;
  rows_[static_cast<std::size_t>(row)].note = note;
  row_changed(row);
}

void RunTableModel::edit_note(int row, const RunNote& note) {
  const RunRow& known = rows_[static_cast<std::size_t>(row)];
  if (known.note == note) return;
  const QString folder = run_folder_text(*known.run);
  set_note(folder, note);
  Q_EMIT note_changed(folder, note);
}

int RunTableModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

int RunTableModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : run_column_count;
}

QVariant RunTableModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  const RunRow& row = rows_[static_cast<std::size_t>(index.row())];
  const auto column = static_cast<RunColumn>(index.column());
  switch (role) {
    case Qt::DisplayRole:
      return run_cell_text(row, column);
    case Qt::EditRole:
      return column == RunColumn::group ? run_group(row) : run_name(row);
    case Qt::ToolTipRole:
      return run_row_tip(row);
    case Qt::TextAlignmentRole:
      return alignment(column);
    case Qt::DecorationRole:
      if (column == RunColumn::name) return run_key(row.note.colour, qGuiApp->devicePixelRatio());
      return {};
    case Qt::ForegroundRole:
      return column == RunColumn::state ? state_colour(row.run->standing) : QVariant();
    case Qt::AccessibleTextRole:
      if (column == RunColumn::pin) return row.note.pinned ? tr("pinned") : tr("not pinned");
      return run_column_title(column) + QStringLiteral(": ") + run_cell_text(row, column);
    case sort_role:
      return run_cell_value(row, column);
    case search_role:
      return run_search_text(row);
    default:
      return {};
  }
}

bool RunTableModel::setData(const QModelIndex& index, const QVariant& value, int role) {
  if (!index.isValid() || role != Qt::EditRole) return false;
  const RunRow& row = rows_[static_cast<std::size_t>(index.row())];
  const QString text = value.toString().simplified();
  RunNote note = row.note;
  if (index.column() == static_cast<int>(RunColumn::name)) {
    note.name = text == QString::fromStdString(row.run->folder.filename().string()) ? QString() : text;
  } else if (text != run_group(row)) {
    note.group = text;
  }
  edit_note(index.row(), note);
  return true;
}

QVariant RunTableModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal) return {};
  const auto column = static_cast<RunColumn>(section);
  switch (role) {
    case Qt::DisplayRole:
      return run_column_title(column);
    case Qt::ToolTipRole:
      return run_column_tip(column);
    case Qt::TextAlignmentRole:
      return alignment(column);
    case Qt::AccessibleTextRole:
      return column == RunColumn::pin ? tr("Pinned") : run_column_title(column);
    default:
      return {};
  }
}

Qt::ItemFlags RunTableModel::flags(const QModelIndex& index) const {
  Qt::ItemFlags flags = Qt::ItemIsSelectable | Qt::ItemIsEnabled | Qt::ItemNeverHasChildren;
  const auto column = static_cast<RunColumn>(index.column());
  if (column == RunColumn::name || column == RunColumn::group) flags |= Qt::ItemIsEditable;
  return flags;
}

}  // namespace halfwave::widgets
