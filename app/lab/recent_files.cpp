#include "app/lab/recent_files.h"

#include <QDir>
#include <QFileInfo>
#include <QMenu>
#include <QSettings>

namespace halfwave::lab {
namespace {

constexpr auto key = "files/recent";
constexpr int remembered = 10;

QStringList stored() {
  return QSettings().value(key).toStringList();
}

}  // namespace

RecentFiles::RecentFiles(QMenu& menu, QObject* parent) : QObject(parent) {
  connect(&menu, &QMenu::aboutToShow, this, [this, &menu] { fill(menu); });
}

void RecentFiles::add(const QString& path) {
  const QString absolute = QFileInfo(path).absoluteFilePath();
  QStringList list = stored();
  list.removeAll(absolute);
  list.prepend(absolute);
  while (list.size() > remembered) list.removeLast();
  QSettings().setValue(key, list);
}

void RecentFiles::fill(QMenu& menu) {
  menu.clear();
  for (const QString& path : stored()) {
    const bool exists = QFileInfo::exists(path);
    const QString name = QDir::toNativeSeparators(path);
    QAction* action = menu.addAction(exists ? name : tr("%1 (no longer there)").arg(name), this,
                                     [this, path] { Q_EMIT chosen(path); });
    action->setEnabled(exists);
  }
  if (menu.isEmpty()) {
    menu.addAction(tr("nothing yet"))->setEnabled(false);
    return;
  }
  menu.addSeparator();
  menu.addAction(tr("Forget these"), [] { QSettings().remove(key); });
}

}  // namespace halfwave::lab
