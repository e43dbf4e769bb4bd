#pragma once

#include "core/experiment/experiment.h"
#include "core/experiment/experiment_io.h"

#include <QObject>
#include <QString>
#include <QUndoStack>

#include <functional>
#include <vector>

namespace halfwave::lab {

/// The one experiment that is being edited, with its file, its history and whether it differs from what was
/// saved. Every edit is checked at once; a wrong value is kept, so that nothing typed is lost, and listed
/// among the problems. Every edit is a step that can be undone; what is typed into one field without a pause
/// for anything else is one step.
class Document : public QObject {
  Q_OBJECT
 public:
  explicit Document(QObject* parent = nullptr);

  const Experiment& experiment() const { return experiment_; }
  const std::vector<FieldProblem>& problems() const { return problems_; }
  /// Empty for one that has no file yet.
  const QString& path() const { return path_; }
  /// False also after undoing back to what was saved.
  bool is_dirty() const { return !history_.isClean(); }
  /// For a window's title: the file's name, or the experiment's.
  QString title() const;

  /// Puts another experiment in place, clean and without a history.
  void replace(const Experiment& experiment, const QString& path = {});
  /// The same for one whose changes were not saved: it begins dirty.
  void recover(const Experiment& experiment, const QString& path);
  /// Changes the experiment; `changed` follows if it really did.
  void edit(const std::function<void(Experiment&)>& change);

  /// Each step has a text, such as `width 32 → 64`.
  const QUndoStack& history() const { return history_; }
  void undo();
  void redo();
  /// The next edit begins a step, even of the field that was edited last.
  void end_step() { ++session_; }

  /// A file or the name of a preset. Throws RequestError; then nothing has changed.
  void open(const QString& file_or_preset);
  /// Throws Error when the file cannot be written.
  void save(const QString& path);

 Q_SIGNALS:
  void replaced();        ///< another experiment: every view shows it anew
  void stepped();         ///< undone or redone: forms show it anew; `changed` follows
  void changed();         ///< the same one, edited
  void status_changed();  ///< title or dirty mark

 private:
  class Step;
  void check();
  void put(const Experiment& experiment, const QString& path);

  Experiment experiment_;
  std::vector<FieldProblem> problems_;
  QString path_;
  QUndoStack history_;
  int session_ = 0;  // steps of another one are not merged
};

}  // namespace halfwave::lab
