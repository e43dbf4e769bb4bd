#include "app/lab/run_table_controller.h"

#include "app/lab/message_bar.h"
#include "app/lab/run_folders.h"
#include "app/lab/views.h"
#include "core/error.h"
#include "widgets/compare_curves.h"
#include "widgets/compare_view.h"
#include "widgets/curve_plot.h"
#include "widgets/memory_plot.h"
#include "widgets/run_pen.h"
#include "widgets/run_table.h"
#include "widgets/spectrum_plot.h"

#include <QDesktopServices>
#include <QDir>
#include <QEvent>
#include <QFileInfo>
#include <QSettings>
#include <QToolButton>
#include <QUrl>

#include <algorithm>
#include <array>

namespace halfwave::lab {
namespace {

constexpr int look_ms = 1000;
constexpr auto layout_key = "runs/table";

}  // namespace

RunTableController::RunTableController(Parts parts, std::function<bool(const QString&)> is_in_use,
                                       QObject* parent)
    : QObject(parent),
      parts_(parts),
      is_in_use_(std::move(is_in_use)),
      table_(*parts.views.run_table),
      overlay_(*parts.views.curve_faces, *parts.views.run_curves) {
  auto* back = new QToolButton(parts.views.run_curves);
  back->setObjectName("runs_curves_back");
  back->setText(QStringLiteral("✕"));
  back->setAccessibleName(tr("Unselect the runs"));
  back->setToolTip(tr("Unselect the runs: back to the curves of the run that is shown"));
  parts.views.run_curves->add_tool(back);
  parts.views.run_curves->set_quantity(widgets::CompareQuantity::l2);
  connect(back, &QToolButton::clicked, &table_, &widgets::RunTable::clear_selection);

  connect(parts.views.run_curves, &widgets::CompareCurves::run_picked, &table_, [this](std::size_t run) {
    table_.make_current(widgets::run_folder_text(*overlay_.shown(run).run));
  });

  parts.views.curves->remember_as("curves");
  parts.views.spectrum->remember_as("spectrum");
  parts.views.memory->remember_as("memory");
  for (widgets::PlotView* plot :
       std::initializer_list<widgets::PlotView*>{parts.views.curves, parts.views.spectrum, parts.views.memory,
                                                 parts.views.run_curves, parts.views.compare->curves()})
    connect(plot, &widgets::PlotView::save_failed, this, [this](const QString& sentence) {
      parts_.views.messages->show_message(MessageBar::Kind::error, sentence);
    });

  table_.restore_layout_state(QSettings().value(layout_key).toByteArray());
  table_.installEventFilter(this);
  connect(&scanner_, &RunScanner::read, this, [this](const auto& runs) { table_.model()->update(runs); });
  connect(&scanner_, &RunScanner::scanned, this, &RunTableController::take_all);
  connect(table_.model(), &widgets::RunTableModel::note_changed, this,
          [this](const QString& folder, const widgets::RunNote& note) {
            keep({{folder, note}}, true);
            show_selected();
          });
  connect(table_.model(), &QAbstractItemModel::dataChanged, this, &RunTableController::show_selected);
  connect(&table_, &widgets::RunTable::selection_changed, this, &RunTableController::show_selected);
  connect(&table_, &widgets::RunTable::open_requested, this, &RunTableController::open_requested);
  connect(&table_, &widgets::RunTable::reveal_requested, this,
          [](const QString& folder) { QDesktopServices::openUrl(QUrl::fromLocalFile(folder)); });
  connect(&table_, &widgets::RunTable::trash_requested, this, &RunTableController::throw_away);
  connect(parts.views.messages, &MessageBar::activated, this, &RunTableController::bring_back);
  connect(&timer_, &QTimer::timeout, this, &RunTableController::look_when_of_use);
  timer_.start(look_ms);
}

RunTableController::~RunTableController() {
  QSettings().setValue(layout_key, table_.layout_state());
}

bool RunTableController::eventFilter(QObject* watched, QEvent* event) {
  if (watched == &table_ && event->type() == QEvent::Show) refresh();
  return QObject::eventFilter(watched, event);
}

void RunTableController::look_when_of_use() {
  // Behind another tab a table is hidden; the curves of its selected runs may still be seen.
  if (table_.isVisible() || !table_.selected().empty()) refresh();
}

void RunTableController::refresh() {
  if (notes_.root() != runs_root()) change_root();
  scanner_.scan(notes_.root());
}

void RunTableController::change_root() {
  table_.model()->clear();
  notes_ = RunNotesFile(runs_root());
  table_.set_hint(tr("Runs that are recorded in %1 appear here.").arg(QDir::toNativeSeparators(runs_root())));
  try {
    const auto notes = notes_.read();
    for (auto note = notes.begin(); note != notes.end(); ++note)
      table_.model()->set_note(note.key(), note.value());
  } catch (const Error& error) {
    parts_.views.messages->show_message(MessageBar::Kind::warning, QString::fromUtf8(error.what()));
  }
}

void RunTableController::take_all(const QStringList& folders) {
  if (notes_.root() != runs_root()) return;  // of the folder before
  table_.model()->keep(folders);
  give_colours();
  show_selected();
}

/// Every run has a colour, of those that fewest others have.
void RunTableController::give_colours() {
  std::array<int, widgets::run_pen_count> uses{};
  for (const widgets::RunRow& row : table_.model()->rows())
    if (row.note.colour >= 0) ++uses[static_cast<std::size_t>(row.note.colour % widgets::run_pen_count)];
  QHash<QString, widgets::RunNote> given;
  for (const widgets::RunRow& row : table_.model()->rows()) {
    if (row.note.colour >= 0) continue;
    const auto least = std::min_element(uses.begin(), uses.end());
    ++*least;
    widgets::RunNote note = row.note;
    note.colour = static_cast<int>(least - uses.begin());
    given.insert(widgets::run_folder_text(*row.run), note);
  }
  for (auto note = given.begin(); note != given.end(); ++note)
    table_.model()->set_note(note.key(), note.value());
  // Nobody asked for these: where they cannot be kept, they are given anew the next time.
  if (!given.isEmpty()) keep(given, false);
}

void RunTableController::keep(const QHash<QString, widgets::RunNote>& notes, bool complain) {
  try {
    notes_.write(notes);
  } catch (const Error& error) {
    if (complain)
      parts_.views.messages->show_message(
          MessageBar::Kind::error,
          tr("The change holds only until the window is closed. %1").arg(QString::fromUtf8(error.what())));
  }
}

void RunTableController::show_selected() {
  overlay_.show(table_.selected());
}

void RunTableController::throw_away(const QStringList& folders) {
  QStringList free;
  for (const QString& folder : folders) {
    const int row = table_.model()->row_of(folder);
    if (row < 0) continue;
    const RunStanding standing = table_.model()->rows()[static_cast<std::size_t>(row)].run->standing;
    const bool written = standing == RunStanding::running || standing == RunStanding::paused;
    if (!written && !is_in_use_(folder)) free << folder;
  }
  MessageBar& messages = *parts_.views.messages;
  if (free.size() < folders.size()) {
    messages.show_message(MessageBar::Kind::information,
                          tr("A run that is on cannot be moved to the trash; stop it first."));
    return;
  }
  const QStringList moved = trash_.move(free);
  if (moved.size() < free.size()) {
    for (const QString& folder : moved) free.removeAll(folder);
    messages.show_message(MessageBar::Kind::error,
                          tr("%1 could not be moved to the trash.").arg(free.join(QStringLiteral(", "))));
  } else {
    said_ = moved.size() == 1 ? tr("%1 is in the trash now.").arg(QFileInfo(moved.front()).fileName())
                              : tr("%1 runs are in the trash now.").arg(moved.size());
    messages.show_message(MessageBar::Kind::information, said_,
                          trash_.can_restore() ? tr("Undo") : QString());
  }
  refresh();
}

void RunTableController::bring_back() {
  if (said_.isEmpty() || parts_.views.messages->text() != said_) return;
  said_.clear();
  parts_.views.messages->dismiss();
  const QStringList lost = trash_.restore();
  if (!lost.isEmpty())
    parts_.views.messages->show_message(
        MessageBar::Kind::error,
        tr("%1 could not be brought back; it is in the trash.").arg(lost.join(", ")));
  refresh();
}

}  // namespace halfwave::lab
