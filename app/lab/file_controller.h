#pragma once

#include "app/lab/parts.h"

#include <QObject>
#include <QString>

class QMainWindow;

namespace halfwave::lab {

class RunController;
class RunOpener;

/// Opens and saves: experiments, data and recorded runs. Whatever cannot be read is said in the message bar,
/// and what was shown before stays.
class FileController : public QObject {
  Q_OBJECT
 public:
  FileController(QMainWindow& window, Parts parts, RunController& run, QObject* parent = nullptr);

  /// An experiment, the name of a preset, a file with data, or the folder of a run.
  void open(const QString& path);
  void new_from_preset(const QString& preset);
  void ask_experiment();
  void ask_dataset();
  void ask_run();
  void ask_runs_folder();
  /// False when the document was not saved.
  bool save();
  bool save_as();
  /// Asks what to do with unsaved changes. False when a person would rather go on.
  bool may_leave_document();

 private:
  void open_experiment(const QString& path);
  void open_dataset(const QString& path);
  bool refuse_during_run();
  bool write(const QString& path);
  void complain(const QString& sentence);

  QMainWindow& window_;
  const Parts parts_;
  RunController& run_;
  RunOpener* opener_;
};

}  // namespace halfwave::lab
