#pragma once

#include <QObject>

class QMainWindow;

namespace halfwave::lab {

class CompareController;
class FileController;
class RunController;

/// Sees to it that closing loses nothing: a run is stopped with a checkpoint first, unsaved changes are asked
/// about. Training goes on while a question is open.
class CloseGuard : public QObject {
  Q_OBJECT
 public:
  CloseGuard(QMainWindow& window, RunController& run, CompareController& compare, FileController& files,
             QObject* parent = nullptr);

  /// True when the window may close now. Otherwise a question is open, or a run is ending, and the window
  /// will be closed again later if that is still wanted.
  bool may_close();

 private:
  bool busy() const;
  void ask_to_stop();

  QMainWindow& window_;
  RunController& run_;
  CompareController& compare_;
  FileController& files_;
  bool asking_ = false;
  bool stopping_ = false;
};

}  // namespace halfwave::lab
