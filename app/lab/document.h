#pragma once

#include "core/experiment/experiment.h"
#include "core/experiment/experiment_io.h"

#include <QObject>
#include <QString>

#include <functional>
#include <vector>

namespace halfwave::lab {

/// The one experiment that is being edited, with its file and whether it differs from it. Every edit is
/// checked at once; a wrong value is kept, so that nothing typed is lost, and listed among the problems.
class Document : public QObject {
  Q_OBJECT
 public:
  explicit Document(QObject* parent = nullptr);

  const Experiment& experiment() const { return experiment_; }
  const std::vector<FieldProblem>& problems() const { return problems_; }
  /// Empty for one that has no file yet.
  const QString& path() const { return path_; }
  bool is_dirty() const { return dirty_; }
  /// For a window's title: the file's name, or the experiment's.
  QString title() const;

  /// Puts another experiment in place, clean.
  void replace(const Experiment& experiment, const QString& path = {});
  /// Changes the experiment; `changed` follows if it really did.
  void edit(const std::function<void(Experiment&)>& change);

  /// A file or the name of a preset. Throws RequestError; then nothing has changed.
  void open(const QString& file_or_preset);
  /// Throws Error when the file cannot be written.
  void save(const QString& path);

 Q_SIGNALS:
  void replaced();        ///< another experiment: every view shows it anew
  void changed();         ///< the same one, edited
  void status_changed();  ///< title or dirty mark

 private:
  void check();

  Experiment experiment_;
  std::vector<FieldProblem> problems_;
  QString path_;
  bool dirty_ = false;
};

}  // namespace halfwave::lab
