#pragma once

#include "core/training/run_summary.h"
#include "widgets/run_note.h"

#include <QString>
#include <QVariant>

#include <memory>

namespace halfwave::widgets {

/// One row of the table of runs.
struct RunRow {
  std::shared_ptr<const RunSummary> run;
  RunNote note;
};

/// Columns of the table of runs, from left to right.
enum class RunColumn {
  pin,
  name,
  state,
  best_l2,
  last_l2,
  best_h1,
  last_h1,
  policy,
  op,
  step_time,
  memory,
  epochs,
  seed,
  started,
  group
};
inline constexpr int run_column_count = static_cast<int>(RunColumn::group) + 1;

QString run_column_title(RunColumn column);
/// What a column says, and in which unit.
QString run_column_tip(RunColumn column);

QString run_folder_text(const RunSummary& run);
QString run_name(const RunRow& row);
QString run_group(const RunRow& row);
/// `training`, `interrupted`, `unreadable` …
QString run_standing_text(RunStanding standing);

/// The text of a cell; a dash where there is nothing to say.
QString run_cell_text(const RunRow& row, RunColumn column);
/// What a column is sorted by: a number where it shows one. Invalid where there is nothing to say.
QVariant run_cell_value(const RunRow& row, RunColumn column);
/// All that a person may look for, in one text.
QString run_search_text(const RunRow& row);
/// More than the row has room for.
QString run_row_tip(const RunRow& row);

}  // namespace halfwave::widgets
