#include "app/lab/recovery_file.h"

#include "core/error.h"
#include "core/experiment/experiment_io.h"
#include "core/files/atomic_file.h"
#include "core/files/json_text.h"

#include <QDir>
#include <QFile>
#include <QStandardPaths>
#include <QUuid>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace halfwave::lab {
namespace {

constexpr int current_version = 1;
constexpr auto version_key = "halfwave_recovery";

/// Throws RequestError unless the member is there and a text.
QString text_of(const nlohmann::json& document, const char* key, const std::string& where) {
  const auto found = document.find(key);
  if (found == document.end() || !found->is_string())
    throw RequestError(where + ": " + key + " is missing; the file is damaged");
  return QString::fromStdString(found->get<std::string>());
}

}  // namespace

std::string recovery_text(const Recovery& recovery) {
  nlohmann::ordered_json document;
  document[version_key] = current_version;
  document["saved"] = recovery.saved.toString(Qt::ISODateWithMs).toStdString();
  document["name"] = recovery.name.toStdString();
  document["path"] = recovery.path.toStdString();
  document["unsaved"] = recovery.unsaved;
  document["run"] = recovery.run_folder.toStdString();
  document["experiment"] = nlohmann::ordered_json::parse(to_json(recovery.experiment));
  return document.dump(2) + '\n';
}

Recovery read_recovery(const QString& file) {
  const std::string path = file.toStdString();
  const std::string where = QFileInfo(file).fileName().toStdString();
  const auto document = parse_json(read_file(path), where);
  if (!document.is_object() || !document.contains(version_key) ||
      !document[version_key].is_number_integer() || !document.contains("experiment") ||
      !document.contains("unsaved") || !document["unsaved"].is_boolean())
    throw RequestError(where + " is not a recovery file, or is damaged");
  const int version = document[version_key].get<int>();
  if (version > current_version) throw RequestError(where + " was written by a newer version of Halfwave");
  Recovery recovery;
  recovery.experiment = parse_experiment(document["experiment"].dump(), where);
  recovery.saved = QDateTime::fromString(text_of(document, "saved", where), Qt::ISODateWithMs);
  recovery.name = text_of(document, "name", where);
  recovery.path = text_of(document, "path", where);
  recovery.unsaved = document["unsaved"].get<bool>();
  recovery.run_folder = text_of(document, "run", where);
  return recovery;
}

QString recovery_folder() {
  return QDir(QStandardPaths::writableLocation(QStandardPaths::AppLocalDataLocation)).filePath("recovery");
}

QString new_recovery_file() {
  return QDir(recovery_folder()).filePath(QUuid::createUuid().toString(QUuid::WithoutBraces) + ".json");
}

QStringList recovery_files() {
  QStringList files;
  const QDir folder(recovery_folder());
  for (const QFileInfo& file : folder.entryInfoList({"*.json"}, QDir::Files, QDir::Time))
    files.append(file.absoluteFilePath());
  return files;
}

QString put_aside(const QString& file) {
  const QString aside = file + ".aside";
  return QFile::rename(file, aside) ? aside : QString();
}

std::unique_ptr<RecoveryLock> RecoveryLock::take(const QString& file) {
  QDir().mkpath(QFileInfo(file).absolutePath());
  const QByteArray name = QFile::encodeName(file + ".lock");
  const int descriptor = ::open(name.constData(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return nullptr;
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    ::close(descriptor);
    return nullptr;
  }
  return std::unique_ptr<RecoveryLock>(new RecoveryLock(file, descriptor));
}

RecoveryLock::~RecoveryLock() {
  // While a file waits for another start its lock's name may stay or go: it is made anew.
  ::unlink(QFile::encodeName(lock_file()).constData());
  ::close(descriptor_);
}

}  // namespace halfwave::lab
