#pragma once

#include "core/experiment/experiment.h"

#include <QStringList>
#include <QWidget>

class QLabel;

namespace halfwave::widgets {

class SchemaForm;

/// The dataset part of an experiment as a form: samples are generated of an equation, or read from files.
/// Only what the chosen source takes is shown. Every edit is checked at once; what is wrong is said beneath
/// its field.
class DatasetForm : public QWidget {
  Q_OBJECT
 public:
  explicit DatasetForm(QWidget* parent = nullptr);

  /// Fills the form; emits nothing.
  void set_experiment(const Experiment& experiment);
  /// Turns to files: the first is trained on, or that whose name says so; the others are tested on. What was
  /// said of the arrays of other files is forgotten. Counts as an edit.
  void take_files(const QStringList& files);
  /// What is typed, without what the source does not take.
  DatasetSpec spec() const;
  bool valid() const { return valid_; }
  SchemaForm* fields() const { return form_; }

 Q_SIGNALS:
  /// After each edit, whether it is right or wrong.
  void edited();

 private:
  void add_rows();
  void source_changed();
  void show_fields();
  void check();

  SchemaForm* form_ = nullptr;
  QLabel* equation_ = nullptr;
  std::string source_;            ///< whose fields are shown
  DatasetSpec generated_, file_;  ///< numbers of samples while the other kind is chosen
  bool valid_ = true;
  bool filling_ = false;
};

/// Training file and test files among several that were chosen together: `train` in a name, before `test`,
/// tells; else the first is trained on.
std::pair<QString, QStringList> train_and_test(const QStringList& files);

}  // namespace halfwave::widgets
