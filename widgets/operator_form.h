#pragma once

#include "core/experiment/experiment.h"
#include "core/experiment/experiment_io.h"

#include <QWidget>

#include <memory>
#include <vector>

namespace halfwave::widgets {

/// Every field of an operator, with its unit, help and the number of parameters it makes.
class OperatorForm : public QWidget {
  Q_OBJECT

 public:
  explicit OperatorForm(QWidget* parent = nullptr);
  ~OperatorForm() override;

  /// Shows a spec; emits nothing.
  void set_spec(const OperatorSpec& spec);
  /// What is typed; a field whose text cannot be read keeps its last good value (see is_valid).
  OperatorSpec spec() const;
  /// Channels of the data, for the number of parameters.
  void set_channels(int in_channels, int out_channels);

  /// Marks the fields that are wrong. Takes the whole experiment's list; other fields' entries are ignored.
  void set_problems(const std::vector<FieldProblem>& problems);
  /// False while a field of this form has a problem or cannot be read.
  bool is_valid() const;
  /// Fields can be looked at but not edited (during a run).
  void set_read_only(bool read_only);

 Q_SIGNALS:
  /// A person changed something. The receiver takes spec(), checks the experiment and calls set_problems.
  void edited();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace halfwave::widgets
