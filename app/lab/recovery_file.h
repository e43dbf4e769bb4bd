#pragma once

#include "core/experiment/experiment.h"

#include <QDateTime>
#include <QString>
#include <QStringList>

#include <memory>
#include <string>

namespace halfwave::lab {

/// What is kept of a window so that a crash loses nothing.
struct Recovery {
  Experiment experiment;
  QString path;  ///< the document's file; empty when it had none
  QString name;  ///< as the window's title had it
  QDateTime saved;
  bool unsaved = false;  ///< the experiment differs from its file
  QString run_folder;    ///< of the run that was on; empty when none was
};

/// The text of a recovery file, and back. Throws RequestError, one sentence, for what is damaged, or was
/// written by a newer version.
std::string recovery_text(const Recovery& recovery);
Recovery read_recovery(const QString& file);

/// The folder of these files: one a window, each with a lock file beside it that is held as long as its
/// process lives. The system lets go of a lock when a process ends, however that happens.
QString recovery_folder();

/// Holds the lock of a recovery file, for reading what another process left or for writing one's own.
class RecoveryLock {
 public:
  ~RecoveryLock();
  RecoveryLock(const RecoveryLock&) = delete;
  RecoveryLock& operator=(const RecoveryLock&) = delete;

  /// Null when another process holds it, or it cannot be made.
  static std::unique_ptr<RecoveryLock> take(const QString& file);
  const QString& file() const { return file_; }

 private:
  RecoveryLock(QString file, int descriptor) : file_(std::move(file)), descriptor_(descriptor) {}
  QString lock_file() const { return file_ + ".lock"; }

  QString file_;
  int descriptor_;
};

/// A name in the folder that no other window has.
QString new_recovery_file();
/// Files in the folder, the newest first; also those of windows that are open.
QStringList recovery_files();
/// Takes a file that cannot be used out of the way. Returns its new name; empty when that failed.
QString put_aside(const QString& file);

}  // namespace halfwave::lab
