#pragma once

#include <QObject>
#include <QString>

class QMenu;

namespace halfwave::lab {

/// The last files and folders that were opened or saved, remembered between starts, as a menu.
class RecentFiles : public QObject {
  Q_OBJECT
 public:
  /// Fills `menu` anew each time it is about to show.
  explicit RecentFiles(QMenu& menu, QObject* parent = nullptr);

  static void add(const QString& path);

 Q_SIGNALS:
  void chosen(const QString& path);

 private:
  void fill(QMenu& menu);
};

}  // namespace halfwave::lab
