#pragma once

#include "app/lab/parts.h"
#include "app/lab/recovery_file.h"

#include <QObject>
#include <QThreadPool>
#include <QTimer>

#include <memory>
#include <vector>

class QWidget;

namespace halfwave::lab {

class MessageBar;
class RunController;

/// Keeps what is not saved, and which run is on, in a file of this window, a few seconds after a change at
/// the latest; the file goes when there is nothing to lose, and when the window is closed. What a process
/// that crashed has left is offered in a bar of its own.
class RecoveryController : public QObject {
  Q_OBJECT
 public:
  RecoveryController(Parts parts, RunController& runs, QWidget& window, QObject* parent = nullptr);
  ~RecoveryController() override;

  /// Looks for what was left and offers it. Shows nothing when nothing was.
  void offer();
  MessageBar* bar() const { return bar_; }

 private:
  void schedule();
  void write();
  void remove_later();
  void show_offer();
  void accept();
  void refuse();
  /// Lets go of what was offered and comes to the next.
  void next();
  bool offer_run(const Recovery& recovery);

  Parts parts_;
  RunController& runs_;
  MessageBar* bar_;
  std::unique_ptr<RecoveryLock> own_;  ///< null when the folder cannot be written
  bool written_ = false;
  bool said_failure_ = false;
  QTimer timer_;
  QThreadPool writer_;  ///< one thread: a file is written and removed in order

  struct Offer {
    std::unique_ptr<RecoveryLock> lock;
    Recovery recovery;
    QString problem;  ///< why it cannot be read
  };
  std::vector<Offer> offers_;  ///< the first is shown
  bool offers_run_ = false;    ///< what is shown is that a run can go on
};

}  // namespace halfwave::lab
