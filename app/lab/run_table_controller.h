#pragma once

#include "app/lab/parts.h"
#include "app/lab/run_notes_file.h"
#include "app/lab/run_overlay.h"
#include "app/lab/run_scanner.h"
#include "app/lab/run_trash.h"

#include <QObject>
#include <QString>
#include <QTimer>

#include <functional>

namespace halfwave::widgets {
class RunTable;
}

namespace halfwave::lab {

/// Fills the table of runs from the folder of the runs, keeps what a person says of them, draws the curves of
/// those that are selected, and throws runs away.
class RunTableController : public QObject {
  Q_OBJECT
 public:
  /// `is_in_use` tells whether this window is writing to a folder.
  RunTableController(Parts parts, std::function<bool(const QString& folder)> is_in_use,
                     QObject* parent = nullptr);
  ~RunTableController() override;

  /// Looks at the folder of the runs now.
  void refresh();

 Q_SIGNALS:
  void open_requested(const QString& folder);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void look_when_of_use();
  void change_root();
  void take_all(const QStringList& folders);
  void give_colours();
  void keep(const QHash<QString, widgets::RunNote>& notes, bool complain);
  void show_selected();
  void throw_away(const QStringList& folders);
  void bring_back();

  const Parts parts_;
  std::function<bool(const QString&)> is_in_use_;
  widgets::RunTable& table_;
  RunNotesFile notes_{QString()};
  RunTrash trash_;
  RunOverlay overlay_;
  RunScanner scanner_;
  QTimer timer_;
  QString said_;  ///< in the message bar, with Undo
};

}  // namespace halfwave::lab
