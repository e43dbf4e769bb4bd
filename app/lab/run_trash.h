#pragma once

#include <QString>
#include <QStringList>

#include <vector>

namespace halfwave::lab {

/// Throws run folders into the desktop's trash, and takes the last ones out again.
class RunTrash {
 public:
  /// The folders that are in the trash now; the others stayed where they were.
  QStringList move(const QStringList& folders);
  bool can_restore() const { return !moved_.empty(); }
  /// Brings back what the last `move` threw away. The folders that could not be brought back.
  QStringList restore();

 private:
  struct Moved {
    QString folder, in_trash;
  };
  std::vector<Moved> moved_;
};

}  // namespace halfwave::lab
