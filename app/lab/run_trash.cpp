#include "app/lab/run_trash.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <utility>

namespace halfwave::lab {

QStringList RunTrash::move(const QStringList& folders) {
  moved_.clear();
  QStringList done;
  for (const QString& folder : folders) {
    QString in_trash;
    if (!QFile::moveToTrash(folder, &in_trash)) continue;
    done << folder;
    if (!in_trash.isEmpty()) moved_.push_back({folder, in_trash});
  }
  return done;
}

QStringList RunTrash::restore() {
  QStringList lost;
  for (const Moved& run : std::exchange(moved_, {})) {
    if (QFileInfo::exists(run.folder) || !QDir().rename(run.in_trash, run.folder)) {
      lost << run.folder;
      continue;
    }
    // A desktop's trash keeps a note beside each thing: …/files/NAME has …/info/NAME.trashinfo.
    const QFileInfo thing(run.in_trash);
    QFile::remove(QDir(thing.absolutePath()).filePath("../info/" + thing.fileName() + ".trashinfo"));
  }
  return lost;
}

}  // namespace halfwave::lab
