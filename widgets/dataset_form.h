#pragma once

#include "core/experiment/experiment.h"

#include <QWidget>

class QComboBox;
class QLabel;
class QLineEdit;
class QSpinBox;
class QStackedWidget;

namespace halfwave::widgets {

/// The dataset part of an experiment as a form: generate samples, or open a file. Every edit is checked at
/// once; a field that is wrong is marked, and the first problem is written under the form.
class DatasetForm : public QWidget {
  Q_OBJECT
 public:
  explicit DatasetForm(QWidget* parent = nullptr);

  /// Fills the form; emits nothing.
  void set_experiment(const Experiment& experiment);
  DatasetSpec spec() const;
  bool valid() const { return valid_; }

 Q_SIGNALS:
  /// After each edit, whether it is right or wrong.
  void edited();

 private:
  QWidget* generator_page();
  QWidget* file_page();
  void check();
  void choose_file(QLineEdit& target, bool many);

  Experiment experiment_;
  bool valid_ = true;
  bool filling_ = false;
  QComboBox* source_ = nullptr;
  QStackedWidget* pages_ = nullptr;
  QSpinBox* resolution_ = nullptr;
  QSpinBox* samples_ = nullptr;
  QSpinBox* test_samples_ = nullptr;
  QLineEdit* test_resolutions_ = nullptr;
  QLineEdit* seed_ = nullptr;
  QLineEdit* train_ = nullptr;
  QLineEdit* test_ = nullptr;
  QSpinBox* file_samples_ = nullptr;
  QSpinBox* file_test_samples_ = nullptr;
  QLabel* problem_ = nullptr;
};

}  // namespace halfwave::widgets
