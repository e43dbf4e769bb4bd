#include "app/lab/train_command.h"

#include "core/error.h"
#include "core/experiment/difference.h"
#include "core/experiment/experiment_io.h"

#include <QRegularExpression>

#include <optional>

namespace halfwave::lab {
namespace {

/// A word for a POSIX shell.
QString quoted(const QString& word) {
  static const QRegularExpression plain("^[A-Za-z0-9_./:=,+-]+$");
  if (plain.match(word).hasMatch()) return word;
  return '\'' + QString(word).replace('\'', "'\\''") + '\'';
}

std::optional<std::vector<std::string>> assignments_from(const std::string& base, const Experiment& wanted) {
  try {
    return assignments_between(load_experiment(base), wanted);
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

QString train_command(const Experiment& experiment, const QString& path) {
  std::string base = path.toStdString();
  auto assignments = path.isEmpty() ? std::nullopt : assignments_from(base, experiment);
  if (!assignments) {
    for (const std::string& preset : experiment_preset_names()) {
      auto found = assignments_from(preset, experiment);
      if (!found || (assignments && assignments->size() <= found->size())) continue;
      base = preset;
      assignments = std::move(found);
    }
  }
  QString command = "halfwave train " + quoted(QString::fromStdString(base));
  if (!assignments || assignments->empty()) return command;
  command += " --set";
  for (const std::string& assignment : *assignments)
    command += ' ' + quoted(QString::fromStdString(assignment));
  return command;
}

}  // namespace halfwave::lab
