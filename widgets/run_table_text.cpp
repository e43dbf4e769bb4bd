#include "widgets/run_table_text.h"

#include "widgets/plot_ticker.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QFileInfo>
#include <QLocale>
#include <QStringList>

namespace halfwave::widgets {
namespace {

QString tr(const char* text) {
  return QCoreApplication::translate("RunTable", text);
}

const QString dash = QStringLiteral("–");

QString policy_text(const PrecisionSpec& spec) {
  if (!spec.schedule.empty()) return tr("schedule");
  const QString preset = QString::fromStdString(spec.policy);
  return spec.overrides.empty() && spec.edits.empty() ? preset : tr("%1, edited").arg(preset);
}

QString operator_text(const OperatorSpec& op) {
  QStringList modes;
  for (const int count : op.modes) modes << QString::number(count);
  return tr("%1 %2 modes, width %3, %4 blocks")
      .arg(QString::fromStdString(op.type).toUpper(), modes.join(u'×'))
      .arg(op.width)
      .arg(op.layers);
}

QDateTime start_time(const RunSummary& run) {
  return QDateTime::fromMSecsSinceEpoch(static_cast<qint64>(run.started * 1000.0));
}

QVariant positive(double value) {
  return value > 0.0 ? QVariant(value) : QVariant();
}

QVariant error_value(const std::optional<Metrics>& metrics, double Metrics::*which) {
  return metrics ? QVariant((*metrics).*which) : QVariant();
}

int finished_epochs(const RunSummary& run) {
  return run.epochs.empty() ? 0 : run.epochs.back().epoch + 1;
}

}  // namespace

QString run_column_title(RunColumn column) {
  switch (column) {
    case RunColumn::pin:
      return QStringLiteral("★");
    case RunColumn::name:
      return tr("Run");
    case RunColumn::state:
      return tr("State");
    case RunColumn::best_l2:
      return tr("Best L2");
    case RunColumn::last_l2:
      return tr("Last L2");
    case RunColumn::best_h1:
      return tr("Best H1");
    case RunColumn::last_h1:
      return tr("Last H1");
    case RunColumn::policy:
      return tr("Policy");
    case RunColumn::op:
      return tr("Operator");
    case RunColumn::step_time:
      return tr("Step (ms)");
    case RunColumn::memory:
      return tr("Peak (MiB)");
    case RunColumn::epochs:
      return tr("Epochs");
    case RunColumn::seed:
      return tr("Seed");
    case RunColumn::started:
      return tr("Started");
    case RunColumn::group:
      break;
  }
  return tr("Group");
}

QString run_column_tip(RunColumn column) {
  switch (column) {
    case RunColumn::pin:
      return tr("Pinned runs come first, however the table is sorted");
    case RunColumn::name:
      return tr("The name that you gave it (F2), else its folder's; its line is that of its curve");
    case RunColumn::state:
      return tr("What the run is doing, or how it has ended");
    case RunColumn::best_l2:
      return tr("Least mean relative L2 error of the test set so far");
    case RunColumn::last_l2:
      return tr("Mean relative L2 error of the test set at the last evaluation");
    case RunColumn::best_h1:
      return tr("Least mean relative H1 error of the test set so far");
    case RunColumn::last_h1:
      return tr("Mean relative H1 error of the test set at the last evaluation");
    case RunColumn::policy:
      return tr("Precision policy of the experiment");
    case RunColumn::op:
      return tr("Type, modes, width and blocks of the operator");
    case RunColumn::step_time:
      return tr("Median time of the last optimiser steps, in milliseconds");
    case RunColumn::memory:
      return tr("The most memory that a step has taken, in MiB");
    case RunColumn::epochs:
      return tr("Finished epochs of those asked for");
    case RunColumn::seed:
      return tr("Seed of the weights and of the order of the samples");
    case RunColumn::started:
      return tr("When the run began");
    case RunColumn::group:
      break;
  }
  return tr("A label of your own (Ctrl+G); runs of a comparison have its name");
}

QString run_folder_text(const RunSummary& run) {
  return QString::fromStdString(run.folder.string());
}

QString run_name(const RunRow& row) {
  return row.note.name.isEmpty() ? QString::fromStdString(row.run->folder.filename().string())
                                 : row.note.name;
}

QString run_group(const RunRow& row) {
  if (!row.note.group.isEmpty()) return row.note.group;
  const QString parent = QString::fromStdString(row.run->folder.parent_path().filename().string());
  return parent.contains(QStringLiteral("-compare-")) ? parent : QString();
}

QString run_standing_text(RunStanding standing) {
  switch (standing) {
    case RunStanding::running:
      return tr("training");
    case RunStanding::paused:
      return tr("paused");
    case RunStanding::finished:
      return tr("finished");
    case RunStanding::stopped:
      return tr("stopped");
    case RunStanding::failed:
      return tr("failed");
    case RunStanding::interrupted:
      return tr("interrupted");
    case RunStanding::unreadable:
      break;
  }
  return tr("unreadable");
}

QVariant run_cell_value(const RunRow& row, RunColumn column) {
  const RunSummary& run = *row.run;
  const bool readable = run.standing != RunStanding::unreadable;
  const auto when_readable = [readable](const QVariant& value) { return readable ? value : QVariant(); };
  switch (column) {
    case RunColumn::pin:
      return row.note.pinned ? 0 : 1;
    case RunColumn::name:
      return run_name(row);
    case RunColumn::state:
      return static_cast<int>(run.standing);
    case RunColumn::best_l2:
      return error_value(run.best, &Metrics::l2);
    case RunColumn::last_l2:
      return error_value(run.last, &Metrics::l2);
    case RunColumn::best_h1:
      return error_value(run.best, &Metrics::h1);
    case RunColumn::last_h1:
      return error_value(run.last, &Metrics::h1);
    case RunColumn::policy:
      return when_readable(policy_text(run.experiment.precision));
    case RunColumn::op:
      return when_readable(operator_text(run.experiment.op));
    case RunColumn::step_time:
      return positive(run.step_seconds);
    case RunColumn::memory:
      return positive(static_cast<double>(run.peak_bytes));
    case RunColumn::epochs:
      return when_readable(finished_epochs(run));
    case RunColumn::seed:
      return when_readable(QVariant::fromValue<qulonglong>(run.experiment.seed));
    case RunColumn::started:
      return positive(run.started);
    case RunColumn::group:
      break;
  }
  const QString group = run_group(row);
  return group.isEmpty() ? QVariant() : QVariant(group);
}

QString run_cell_text(const RunRow& row, RunColumn column) {
  if (column == RunColumn::pin) return row.note.pinned ? QStringLiteral("★") : QString();
  const QVariant value = run_cell_value(row, column);
  if (!value.isValid()) return column == RunColumn::group ? QString() : dash;
  switch (column) {
    case RunColumn::state:
      return run_standing_text(row.run->standing);
    case RunColumn::best_l2:
    case RunColumn::last_l2:
    case RunColumn::best_h1:
    case RunColumn::last_h1:
      return plain_number(value.toDouble(), 3);
    case RunColumn::step_time:
      return plain_number(1000.0 * value.toDouble(), 3);
    case RunColumn::memory:
      return plain_number(value.toDouble() / (1024.0 * 1024.0), 3);
    case RunColumn::epochs:
      return tr("%1 / %2").arg(value.toInt()).arg(row.run->experiment.training.epochs);
    case RunColumn::started:
      return start_time(*row.run).toString(QStringLiteral("yyyy-MM-dd HH:mm:ss"));
    default:
      return value.toString();
  }
}

QString run_search_text(const RunRow& row) {
  QStringList words;
  for (const RunColumn column : {RunColumn::name, RunColumn::state, RunColumn::policy, RunColumn::op,
                                 RunColumn::started, RunColumn::group})
    words << run_cell_text(row, column);
  words << QString::fromStdString(row.run->folder.filename().string())
        << QString::fromStdString(row.run->experiment.name)
        << tr("seed %1").arg(run_cell_text(row, RunColumn::seed));
  return words.join(u'\n');
}

QString run_row_tip(const RunRow& row) {
  const RunSummary& run = *row.run;
  QStringList lines = {run_name(row), run_folder_text(run)};
  if (!run.message.empty()) lines << QString::fromStdString(run.message);
  if (run.standing == RunStanding::interrupted)
    lines << tr("It was never said to have ended, and no program is writing it.");
  if (!run.test_set.empty())
    lines << tr("Errors are those of the test set %1.").arg(QString::fromStdString(run.test_set));
  return lines.join(u'\n');
}

}  // namespace halfwave::widgets
