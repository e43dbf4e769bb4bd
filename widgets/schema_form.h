#pragma once

#include "core/experiment/experiment.h"
#include "core/experiment/experiment_io.h"
#include "core/experiment/schema.h"

#include <QWidget>

#include <map>
#include <string>
#include <vector>

class QGridLayout;
class QLabel;

namespace halfwave::widgets {

/// Rows of label, editor and unit for fields of an experiment, as its schema describes them. What cannot be
/// read, or has a problem, is marked with its sentence beneath while it is typed.
class SchemaForm : public QWidget {
  Q_OBJECT

 public:
  explicit SchemaForm(QWidget* parent = nullptr);

  /// Adds a row for the field of that path, which must be in the schema.
  void add_field(const std::string& path);
  /// Adds a row whose editor the caller looks after; problems of `path` are shown beneath it.
  void add_row(const std::string& path, const QString& label, QWidget* editor, const QString& tip);
  /// The same over the whole width, for an editor that has its own label.
  void add_block(const std::string& path, QWidget* editor);
  /// A heading over the rows that follow.
  void add_heading(const QString& text);

  /// Shows the values of the fields; emits nothing.
  void set_experiment(const Experiment& experiment);
  /// The experiment that was set, with what has been typed since.
  const Experiment& experiment() const { return experiment_; }

  void set_problems(const std::vector<FieldProblem>& problems);
  /// False while a field cannot be read or has a problem.
  bool is_valid() const;
  void set_read_only(bool read_only);
  /// A field that has no effect as the others stand.
  void set_relevant(const std::string& path, bool relevant);
  /// Takes a row away or brings it back. What is typed in one that is away counts for nothing.
  void set_shown(const std::string& path, bool shown);
  bool is_shown(const std::string& path) const;
  /// An empty editor stands for the value of that JSON text, and shows `hint` instead.
  void set_blank(const std::string& path, const std::string& json_text, const QString& hint);
  /// Label, unit and allowed values where they depend on other fields; what is empty is as in the schema.
  void set_details(const std::string& path, const QString& label, const QString& unit,
                   const QString& allowed);

  QWidget* editor(const std::string& path) const;
  /// The sentence shown beneath a field; empty when there is none.
  QString problem(const std::string& path) const;

 Q_SIGNALS:
  /// A person changed a field.
  void edited(const std::string& path);

 private:
  struct Row {
    const FieldInfo* info = nullptr;  ///< nullptr for rows of the caller
    QWidget* editor = nullptr;
    QLabel* label = nullptr;
    QWidget* side = nullptr;  ///< the unit, or the button of a file
    QLabel* problem_label = nullptr;
    QString unreadable;  ///< why the text cannot be read
    QString problem;     ///< what the experiment's check says
    std::string blank;   ///< JSON text that an empty editor stands for; empty when there is none
    QString allowed;     ///< in place of the schema's range
    bool relevant = true;
    bool shown = true;
  };

  QWidget* make_editor(const FieldInfo& info);
  QWidget* make_side(const FieldInfo& info, Row& row);
  QString tooltip(const FieldInfo& info, const QString& allowed = {}) const;
  void name_row(Row& row, const QString& label, const QString& unit);
  void choose_file(const std::string& path);
  void show_value(Row& row);
  void take(const std::string& path, const std::string& json_text);
  void refresh_marks(Row& row);
  void refresh_enabled(Row& row);

  Experiment experiment_;
  std::map<std::string, Row> rows_;
  QGridLayout* grid_ = nullptr;
  int next_line_ = 0;
  bool read_only_ = false;
  bool showing_ = false;
};

}  // namespace halfwave::widgets
