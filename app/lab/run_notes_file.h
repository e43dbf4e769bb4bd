#pragma once

#include "widgets/run_note.h"

#include <QHash>
#include <QString>

namespace halfwave::lab {

/// `run-table.json` in the folder of the runs: names, groups, pins and colours by the runs' folders, relative
/// to it. Every change reads it anew and replaces it as a whole, so that two windows do not undo each other's
/// changes. What a newer version has added to an entry stays.
class RunNotesFile {
 public:
  explicit RunNotesFile(const QString& root) : root_(root) {}

  const QString& root() const { return root_; }
  QString path() const;
  /// By whole folder. Empty when there is no file; throws RequestError for one that is damaged.
  QHash<QString, widgets::RunNote> read() const;
  /// Throws RequestError for a damaged file, which stays as it is, and RunError when it cannot be written.
  void write(const QHash<QString, widgets::RunNote>& changed) const;

 private:
  QString root_;
};

}  // namespace halfwave::lab
