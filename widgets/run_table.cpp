#include "widgets/run_table.h"

#include "widgets/run_pen.h"
#include "widgets/run_table_order.h"
#include "widgets/theme.h"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QTableView>
#include <QVBoxLayout>

#include <algorithm>

namespace halfwave::widgets {
namespace {

constexpr int row_height = 28;
constexpr int offered_colours = 8;

/// Wide enough for what the column usually holds.
int column_width(const QFontMetrics& metrics, RunColumn column) {
  const auto room = [&metrics](const char* text) {
    return metrics.horizontalAdvance(QLatin1String(text)) + 18;
  };
  const int title = metrics.horizontalAdvance(run_column_title(column)) + 34;  // with the sort arrow
  switch (column) {
    case RunColumn::pin:
      return 40;
    case RunColumn::name:
      return room("darcy-quick-2026-01-31-1405") + 30;
    case RunColumn::state:
      return std::max(title, room("interrupted"));
    case RunColumn::policy:
      return std::max(title, room("mixed, edited"));
    case RunColumn::op:
      return std::max(title, room("FNO 16×16 modes, width 32, 4 blocks"));
    case RunColumn::started:
      return std::max(title, room("2026-01-31 14:05:09"));
    case RunColumn::group:
      return room("darcy-quick-compare");
    default:
      return std::max(title, room("100 / 400"));
  }
}

}  // namespace

RunTable::RunTable(QWidget* parent)
    : QWidget(parent),
      model_(new RunTableModel(this)),
      order_(new RunTableOrder(this)),
      filter_(new QLineEdit(this)),
      counts_(new QLabel(this)),
      hint_(new QLabel(this)),
      view_(new QTableView(this)) {
  filter_->setObjectName(QStringLiteral("runs_filter"));
  filter_->setPlaceholderText(tr("Filter: name, group, policy, state …"));
  filter_->setAccessibleName(tr("Filter of the runs"));
  filter_->setToolTip(tr("Shows the runs in which every one of these words is found"));
  filter_->setClearButtonEnabled(true);
  counts_->setObjectName(QStringLiteral("runs_counts"));
  counts_->setProperty("role", "hint");
  hint_->setProperty("role", "hint");
  hint_->setAlignment(Qt::AlignCenter);
  hint_->setWordWrap(true);

  order_->setSourceModel(model_);
  view_->setObjectName(QStringLiteral("runs_view"));
  view_->setAccessibleName(tr("Runs"));
  view_->setModel(order_);
  view_->setSelectionBehavior(QAbstractItemView::SelectRows);
  view_->setSelectionMode(QAbstractItemView::ExtendedSelection);
  view_->setEditTriggers(QAbstractItemView::NoEditTriggers);
  view_->setContextMenuPolicy(Qt::CustomContextMenu);
  view_->setTabKeyNavigation(false);
  view_->setWordWrap(false);
  view_->setShowGrid(false);
  view_->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
  view_->setIconSize({24, 14});
  view_->verticalHeader()->hide();
  view_->verticalHeader()->setDefaultSectionSize(row_height);
  QHeaderView* header = view_->horizontalHeader();
  header->setHighlightSections(false);
  header->setSectionsMovable(true);
  header->setMinimumSectionSize(32);
  for (int c = 0; c < run_column_count; ++c)
    header->resizeSection(c, column_width(view_->fontMetrics(), static_cast<RunColumn>(c)));
  view_->setSortingEnabled(true);
  view_->sortByColumn(static_cast<int>(RunColumn::started), Qt::DescendingOrder);
  make_actions();

  auto* top = new QHBoxLayout;
  top->setContentsMargins(spacing, spacing_small, spacing, 0);
  top->setSpacing(spacing);
  top->addWidget(filter_, 1);
  top->addWidget(counts_);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(spacing_small);
  layout->addLayout(top);
  layout->addWidget(hint_, 1);
  layout->addWidget(view_, 1);
  setFocusProxy(view_);

  connect(filter_, &QLineEdit::textChanged, this, [this](const QString& text) {
    order_->set_filter(text);
    show_counts();
  });
  for (auto signal : {&QAbstractItemModel::rowsInserted, &QAbstractItemModel::rowsRemoved})
    connect(model_, signal, this, &RunTable::show_counts);
  connect(view_, &QTableView::activated, this, [this](const QModelIndex&) {
    if (const RunRow* row = current()) Q_EMIT open_requested(run_folder_text(*row->run));
  });
  connect(view_, &QTableView::clicked, this, [this](const QModelIndex& index) {
    if (index.column() == static_cast<int>(RunColumn::pin)) toggle_pins();
  });
  connect(view_, &QWidget::customContextMenuRequested, this, &RunTable::show_menu);
  connect(view_->selectionModel(), &QItemSelectionModel::selectionChanged, this, [this] {
    show_counts();
    Q_EMIT selection_changed();
  });
  connect(model_, &RunTableModel::note_changed, this, [this](const QString&, const RunNote& note) {
    if (std::exchange(grouping_, false)) group_selected(note.group);
  });
  connect(view_->itemDelegate(), &QAbstractItemDelegate::closeEditor, this, [this] { grouping_ = false; });
  show_counts();
}

void RunTable::make_actions() {
  const auto add = [this](const char* name, const QString& text, const QKeySequence& key, auto&& act) {
    auto* action = new QAction(text, view_);
    action->setObjectName(name);
    action->setShortcut(key);
    action->setShortcutContext(Qt::WidgetShortcut);
    connect(action, &QAction::triggered, this, act);
    view_->addAction(action);
    actions_.append(action);
    return action;
  };
  add("runs_open", tr("&Open run"), {}, [this] {
    if (const RunRow* row = current()) Q_EMIT open_requested(run_folder_text(*row->run));
  })->setShortcutVisibleInContextMenu(true);
  add("runs_rename", tr("Re&name"), QKeySequence(Qt::Key_F2), [this] { edit(RunColumn::name); });
  add("runs_group", tr("&Group…"), QKeySequence(Qt::CTRL | Qt::Key_G), [this] {
    grouping_ = true;
    edit(RunColumn::group);
  });
  pin_ = add("runs_pin", tr("&Pin"), QKeySequence(Qt::CTRL | Qt::Key_P), [this] { toggle_pins(); });
  add("runs_reveal", tr("&Show the run's folder"), {}, [this] {
    if (const RunRow* row = current()) Q_EMIT reveal_requested(run_folder_text(*row->run));
  });
  add("runs_copy", tr("&Copy the folder's path"), QKeySequence::Copy,
      [this] { QApplication::clipboard()->setText(selected_folders().join(u'\n')); });
  add("runs_trash", tr("Move to &trash"), QKeySequence::Delete, [this] {
    const QStringList folders = selected_folders();
    if (!folders.isEmpty()) Q_EMIT trash_requested(folders);
  });
  add("runs_unselect", tr("&Unselect"), QKeySequence(Qt::Key_Escape), [this] { clear_selection(); });
}

void RunTable::show_menu(const QPoint& position) {
  if (selected_rows().empty()) return;
  auto* menu = new QMenu(this);
  menu->setObjectName(QStringLiteral("runs_menu"));
  menu->setAttribute(Qt::WA_DeleteOnClose);
  const RunRow* row = current();
  pin_->setText(row && row->note.pinned ? tr("Un&pin") : tr("&Pin"));
  menu->addActions(actions_);
  QMenu* colours = menu->addMenu(tr("Co&lour"));
  for (int colour = 0; colour < offered_colours; ++colour)
    colours->addAction(run_key(colour, devicePixelRatioF()), tr("Colour %1").arg(colour + 1), this,
                       [this, colour] { set_colour(colour); });
  QMenu* sorts = menu->addMenu(tr("Sort &by"));
  for (int c = 1; c < run_column_count; ++c)
    sorts->addAction(run_column_title(static_cast<RunColumn>(c)), this, [this, c] {
      const QHeaderView* header = view_->horizontalHeader();
      const bool again = header->sortIndicatorSection() == c;
      const bool rising = header->sortIndicatorOrder() == Qt::AscendingOrder;
      view_->sortByColumn(c, again && rising ? Qt::DescendingOrder : Qt::AscendingOrder);
    });
  menu->popup(view_->viewport()->mapToGlobal(position));
}

void RunTable::show_counts() {
  const int all = model_->rowCount(), shown = order_->rowCount();
  QString text = shown < all ? tr("%1 of %2 runs").arg(shown).arg(all)
                 : all == 1  ? tr("1 run")
                             : tr("%1 runs").arg(all);
  const auto selected = view_->selectionModel()->selectedRows().size();
  if (selected > most_drawn)
    text = tr("%1, %2 selected, curves of the first %3").arg(text).arg(selected).arg(most_drawn);
  counts_->setText(text);
  hint_->setVisible(all == 0);
  view_->setVisible(all > 0);
}

void RunTable::set_hint(const QString& text) {
  hint_->setText(text);
}

std::vector<int> RunTable::selected_rows() const {
  QModelIndexList indices = view_->selectionModel()->selectedRows();
  std::sort(indices.begin(), indices.end());
  std::vector<int> rows;
  for (const QModelIndex& index : indices) rows.push_back(order_->mapToSource(index).row());
  return rows;
}

std::vector<RunRow> RunTable::selected(int most) const {
  std::vector<RunRow> runs;
  std::vector<int> rows = selected_rows();
  if (rows.size() > static_cast<std::size_t>(most)) rows.resize(static_cast<std::size_t>(most));
  for (const int row : rows) runs.push_back(model_->rows()[static_cast<std::size_t>(row)]);
  return runs;
}

QStringList RunTable::selected_folders() const {
  QStringList folders;
  for (const RunRow& row : selected(model_->rowCount())) folders << run_folder_text(*row.run);
  return folders;
}

const RunRow* RunTable::current() const {
  const QModelIndex index = order_->mapToSource(view_->currentIndex());
  return index.isValid() ? &model_->rows()[static_cast<std::size_t>(index.row())] : nullptr;
}

void RunTable::clear_selection() {
  view_->clearSelection();
}

void RunTable::make_current(const QString& folder) {
  const QModelIndex row = model_->index(model_->row_of(folder), static_cast<int>(RunColumn::name));
  const QModelIndex index = order_->mapFromSource(row);
  if (!index.isValid()) return;
  view_->selectionModel()->setCurrentIndex(index, QItemSelectionModel::NoUpdate);
  view_->scrollTo(index);
  view_->setFocus();  // else the row would look like every other that is selected
}

void RunTable::edit(RunColumn column) {
  const QModelIndex index = view_->currentIndex().siblingAtColumn(static_cast<int>(column));
  if (!index.isValid()) return;
  view_->scrollTo(index);
  view_->edit(index);
}

void RunTable::toggle_pins() {
  const RunRow* first = current();
  if (!first) return;
  const bool pinned = !first->note.pinned;
  for (const int row : selected_rows()) {
    RunNote note = model_->rows()[static_cast<std::size_t>(row)].note;
    note.pinned = pinned;
    model_->edit_note(row, note);
  }
}

void RunTable::set_colour(int colour) {
  for (const int row : selected_rows()) {
    RunNote note = model_->rows()[static_cast<std::size_t>(row)].note;
    note.colour = colour;
    model_->edit_note(row, note);
  }
}

void RunTable::group_selected(const QString& group) {
  for (const int row : selected_rows()) {
    RunNote note = model_->rows()[static_cast<std::size_t>(row)].note;
    note.group = group;
    model_->edit_note(row, note);
  }
}

QByteArray RunTable::layout_state() const {
  return view_->horizontalHeader()->saveState();
}

void RunTable::restore_layout_state(const QByteArray& state) {
  if (!state.isEmpty()) view_->horizontalHeader()->restoreState(state);
}

}  // namespace halfwave::widgets
