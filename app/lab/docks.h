#pragma once

#include <QList>
#include <QString>

class QAction;
class QDockWidget;
class QKeySequence;
class QMainWindow;
class QWidget;

namespace halfwave::lab {

struct Views;

/// The panels around the fields: made, placed, remembered.
class Docks {
 public:
  Docks(QMainWindow& window, const Views& views);

  /// Every panel in its place, as at the first start.
  void reset();
  void save();
  /// False when nothing was remembered, or by another version of the layout.
  bool restore();
  /// One action a panel: brings it to the front, and hides it when it is there.
  const QList<QAction*>& toggles() const { return toggles_; }
  /// Takes all panels away, or brings back those that were there.
  void hide_all(bool hidden);
  /// Brings a panel to the front, for instance the one with a wrong field.
  void raise(const QString& name);
  void set_title(const QString& name, const QString& title);

 private:
  QDockWidget* add(const char* name, const QString& title, QWidget* content, const char* shortcut);
  void add_toggle(QDockWidget& dock, const QKeySequence& shortcut);
  QDockWidget* find(const QString& name) const;

  QMainWindow& window_;
  QList<QDockWidget*> docks_;
  QList<QAction*> toggles_;
  QList<QDockWidget*> hidden_;    // by hide_all
  QList<QDockWidget*> in_front_;  // of those, the ones that were seen
};

}  // namespace halfwave::lab
