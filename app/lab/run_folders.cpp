#include "app/lab/run_folders.h"

#include <QDateTime>
#include <QDir>
#include <QSettings>
#include <QStandardPaths>

#include <system_error>

namespace halfwave::lab {
namespace {

constexpr auto key = "runs/folder";

QString default_root() {
  QString base = QStandardPaths::writableLocation(QStandardPaths::DocumentsLocation);
  if (base.isEmpty() || base == QDir::homePath() || !QDir(base).exists()) {
    // No documents folder on this machine: programs' data then, not loose in the home folder.
    base = QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation);
  }
  return QDir(base).filePath(QStringLiteral("Halfwave runs"));
}

}  // namespace

QString runs_root() {
  const QString set = QSettings().value(key).toString();
  return set.isEmpty() ? default_root() : set;
}

void set_runs_root(const QString& folder) {
  QSettings().setValue(key, folder);
}

std::filesystem::path new_run_folder(const std::string& experiment_name) {
  QString name = QString::fromStdString(experiment_name);
  for (QChar& c : name) {
    if (!c.isLetterOrNumber() && c != '-' && c != '_' && c != '.') c = '-';
  }
  if (name.isEmpty() || name.startsWith('.')) name.prepend("run");
  const QString stamp = QDateTime::currentDateTime().toString("yyyy-MM-dd-HHmmss");
  const std::filesystem::path base = QDir(runs_root()).filePath(name + '-' + stamp).toStdString();
  std::filesystem::path folder = base;
  std::error_code ignored;
  for (int i = 2; std::filesystem::exists(folder, ignored); ++i) {
    folder = base.string() + "-" + std::to_string(i);
  }
  return folder;
}

}  // namespace halfwave::lab
