#include "widgets/schema_form.h"

#include "core/error.h"
#include "widgets/sample_files.h"
#include "widgets/schema_text.h"
#include "widgets/theme.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QGridLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QToolButton>

#include <algorithm>

namespace halfwave::widgets {
namespace {

/// A line edit in which the arrow keys count whole numbers up and down.
class NumberEdit : public QLineEdit {
 public:
  using QLineEdit::QLineEdit;

 protected:
  void keyPressEvent(QKeyEvent* event) override {
    const bool up = event->key() == Qt::Key_Up, down = event->key() == Qt::Key_Down;
    bool ok = false;
    const int value = text().trimmed().toInt(&ok);
    if ((!up && !down) || !ok || isReadOnly()) {
      QLineEdit::keyPressEvent(event);
      return;
    }
    setText(QString::number(value + (up ? 1 : -1)));
    Q_EMIT textEdited(text());
    selectAll();
  }
};

bool means(const FieldInfo& info, const QString& typed, const std::string& json) {
  try {
    return json_from_text(info, typed) == json;
  } catch (const FieldError&) {
    return false;
  }
}

/// What an entry of the experiment's list says of `path`, or of an element within it.
QString sentence_for(const FieldProblem& problem, const std::string& path, bool axes) {
  const QString text = QString::fromStdString(problem.problem);
  if (problem.path == path) return text;
  if (!problem.path.starts_with(path + "[")) return problem.path.starts_with(path + ".") ? text : QString();
  const int index = std::atoi(problem.path.c_str() + path.size() + 1) + 1;
  return (axes ? SchemaForm::tr("axis %1: %2") : SchemaForm::tr("entry %1: %2")).arg(index).arg(text);
}

}  // namespace

SchemaForm::SchemaForm(QWidget* parent) : QWidget(parent) {
  grid_ = new QGridLayout(this);
  grid_->setContentsMargins(spacing, spacing, spacing, spacing);
  grid_->setHorizontalSpacing(spacing);
  grid_->setVerticalSpacing(spacing_small);
  grid_->setColumnStretch(1, 1);
}

void SchemaForm::add_heading(const QString& text) {
  auto* heading = new QLabel(text, this);
  heading->setProperty("role", "title");
  if (next_line_ > 0) heading->setContentsMargins(0, spacing, 0, 0);
  grid_->addWidget(heading, next_line_++, 0, 1, 3);
}

void SchemaForm::add_field(const std::string& path) {
  const FieldInfo* info = find_field(path);
  if (!info) throw RequestError(path + ": there is no such field in the experiment's schema");
  add_row(path, QString::fromStdString(info->label), make_editor(*info), tooltip(*info));
  auto& row = rows_.at(path);
  row.info = info;
  row.side = make_side(*info, row);
  if (row.side) grid_->addWidget(row.side, next_line_ - 2, 2);
  name_row(row, QString::fromStdString(info->label), QString::fromStdString(info->unit));
  show_value(row);
}

QWidget* SchemaForm::make_side(const FieldInfo& info, Row& row) {
  if (info.kind == FieldKind::file || info.kind == FieldKind::file_list) {
    auto* button = new QToolButton(this);
    button->setText(QStringLiteral("…"));
    button->setToolTip(info.kind == FieldKind::file ? tr("Choose a file") : tr("Choose files"));
    button->setAccessibleName(button->toolTip() + QStringLiteral(": ") + row.label->text());
    button->setObjectName(QString::fromStdString(info.path + ".choose"));
    connect(button, &QToolButton::clicked, this, [this, path = info.path] { choose_file(path); });
    return button;
  }
  // A choice takes the unit's place itself.
  if (qobject_cast<QComboBox*>(row.editor) || qobject_cast<QCheckBox*>(row.editor)) return nullptr;
  auto* unit = new QLabel(this);
  unit->setProperty("role", "hint");
  unit->setToolTip(tooltip(info));
  return unit;
}

void SchemaForm::name_row(Row& row, const QString& label, const QString& unit) {
  row.label->setText(label);
  row.editor->setAccessibleName(unit.isEmpty() ? label : label + QStringLiteral(", ") + unit);
  if (auto* text = qobject_cast<QLabel*>(row.side)) {
    text->setText(unit);
    text->setVisible(row.shown && !unit.isEmpty());
  }
}

void SchemaForm::set_details(const std::string& path, const QString& label, const QString& unit,
                             const QString& allowed) {
  auto& row = rows_.at(path);
  row.allowed = allowed;
  name_row(row, label.isEmpty() ? QString::fromStdString(row.info->label) : label,
           unit.isEmpty() ? QString::fromStdString(row.info->unit) : unit);
  const QString tip = tooltip(*row.info, allowed);
  row.label->setToolTip(tip);
  if (auto* text = qobject_cast<QLabel*>(row.side)) text->setToolTip(tip);
  refresh_marks(row);
}

void SchemaForm::set_blank(const std::string& path, const std::string& json_text, const QString& hint) {
  auto& row = rows_.at(path);
  row.blank = json_text;
  if (auto* edit = qobject_cast<QLineEdit*>(row.editor)) {
    edit->setPlaceholderText(hint);
    if (field_value(experiment_, path) == json_text) edit->clear();
  }
  show_value(row);
}

void SchemaForm::set_shown(const std::string& path, bool shown) {
  auto& row = rows_.at(path);
  if (row.shown == shown) return;
  row.shown = shown;
  row.label->setVisible(shown);
  row.editor->setVisible(shown);
  const auto* unit = qobject_cast<QLabel*>(row.side);
  if (row.side) row.side->setVisible(shown && !(unit && unit->text().isEmpty()));
  refresh_marks(row);
}

bool SchemaForm::is_shown(const std::string& path) const {
  return rows_.at(path).shown;
}

void SchemaForm::choose_file(const std::string& path) {
  auto& row = rows_.at(path);
  auto* edit = qobject_cast<QLineEdit*>(row.editor);
  const QString folder = QFileInfo(edit->text().section(QLatin1Char(';'), 0, 0).trimmed()).path();
  const QStringList files =
      row.info->kind == FieldKind::file_list
          ? QFileDialog::getOpenFileNames(this, row.label->text(), folder, sample_file_filter())
          : QStringList{QFileDialog::getOpenFileName(this, row.label->text(), folder, sample_file_filter())};
  if (files.isEmpty() || files.front().isEmpty()) return;
  edit->setText(files.join(QStringLiteral("; ")));
  Q_EMIT edit->textEdited(edit->text());
}

void SchemaForm::add_row(const std::string& path, const QString& label, QWidget* editor, const QString& tip) {
  Row row;
  row.editor = editor;
  row.label = new QLabel(label, this);
  row.label->setBuddy(editor);
  row.label->setToolTip(tip);
  editor->setToolTip(tip);
  editor->setAccessibleName(label);
  editor->setObjectName(QString::fromStdString(path));
  row.problem_label = new QLabel(this);
  row.problem_label->setProperty("role", "problem");
  row.problem_label->setWordWrap(true);
  row.problem_label->hide();
  grid_->addWidget(row.label, next_line_, 0);
  // Choices have no unit and may be long, so they get its place too.
  grid_->addWidget(editor, next_line_, 1, 1, qobject_cast<QComboBox*>(editor) ? 2 : 1);
  grid_->addWidget(row.problem_label, next_line_ + 1, 0, 1, 3);
  next_line_ += 2;
  rows_.emplace(path, row);
}

void SchemaForm::add_block(const std::string& path, QWidget* editor) {
  add_row(path, {}, editor, {});
  auto& row = rows_.at(path);
  row.label->hide();
  grid_->removeWidget(row.label);
  grid_->removeWidget(editor);
  grid_->addWidget(editor, next_line_ - 2, 0, 1, 3);
}

QWidget* SchemaForm::make_editor(const FieldInfo& info) {
  const std::string path = info.path;
  if (info.kind == FieldKind::boolean) {
    auto* box = new QCheckBox(this);
    connect(box, &QCheckBox::toggled, this, [this, path](bool on) { take(path, on ? "true" : "false"); });
    return box;
  }
  if (info.kind == FieldKind::choice || info.kind == FieldKind::device) {
    auto* box = new QComboBox(this);
    box->setMinimumContentsLength(4);
    box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    for (const auto& choice : info.choices)
      box->addItem(QString::fromStdString(choice), QString::fromStdString(choice));
    connect(box, &QComboBox::currentIndexChanged, this, [this, path, box](int index) {
      if (index < 0) return;
      const auto* field = rows_.at(path).info;
      take(path, json_from_text(*field, box->itemData(index).toString()));
    });
    return box;
  }
  auto* edit = info.kind == FieldKind::integer ? new NumberEdit(this) : new QLineEdit(this);
  edit->setMinimumWidth(56);
  connect(edit, &QLineEdit::textEdited, this, [this, path](const QString& text) {
    auto& row = rows_.at(path);
    try {
      const bool blank = !row.blank.empty() && text.trimmed().isEmpty();
      take(path, blank ? row.blank : json_from_text(*row.info, text));
    } catch (const FieldError& error) {
      row.unreadable = QString::fromStdString(error.problem());
      refresh_marks(row);
      Q_EMIT edited(path);
    }
  });
  return edit;
}

QString SchemaForm::tooltip(const FieldInfo& info, const QString& allowed) const {
  QString tip = QString::fromStdString(info.help);
  const QString range = allowed.isEmpty() ? range_text(info) : allowed;
  if (!range.isEmpty()) tip += u'\n' + tr("Allowed: %1.").arg(range);
  if (info.kind != FieldKind::device)
    tip += u'\n' + tr("Default: %1. Field: %2")
                       .arg(text_from_json(info, info.default_value), QString::fromStdString(info.path));
  return tip;
}

void SchemaForm::take(const std::string& path, const std::string& json_text) {
  if (showing_) return;
  auto& row = rows_.at(path);
  try {
    set_field(experiment_, path + "=" + json_text);
    row.unreadable.clear();
  } catch (const FieldError& error) {
    row.unreadable = QString::fromStdString(error.problem());
  }
  refresh_marks(row);
  Q_EMIT edited(path);
}

void SchemaForm::show_value(Row& row) {
  if (!row.info) return;
  showing_ = true;
  const std::string value = field_value(experiment_, row.info->path);
  const QString text = text_from_json(*row.info, value);
  if (auto* box = qobject_cast<QCheckBox*>(row.editor)) {
    box->setChecked(text == QStringLiteral("true"));
  } else if (auto* combo = qobject_cast<QComboBox*>(row.editor)) {
    int index = combo->findData(text);
    if (index < 0) {
      combo->addItem(text, text);
      index = combo->count() - 1;
    }
    combo->setCurrentIndex(index);
  } else if (auto* edit = qobject_cast<QLineEdit*>(row.editor)) {
    // Another spelling of the same value may be half typed.
    if (!row.blank.empty() && value == row.blank) {
      if (!means(*row.info, edit->text(), value)) edit->clear();
    } else if (!means(*row.info, edit->text(), value)) {
      edit->setText(text);
    }
  }
  showing_ = false;
}

void SchemaForm::set_experiment(const Experiment& experiment) {
  experiment_ = experiment;
  for (auto& [path, row] : rows_) {
    row.unreadable.clear();
    show_value(row);
    refresh_marks(row);
  }
}

void SchemaForm::set_problems(const std::vector<FieldProblem>& problems) {
  for (auto& [path, row] : rows_) {
    row.problem.clear();
    for (const auto& problem : problems) {
      const QString sentence = sentence_for(problem, path, path == "operator.modes");
      if (sentence.isEmpty()) continue;
      row.problem = sentence;
      break;
    }
    refresh_marks(row);
  }
}

void SchemaForm::refresh_marks(Row& row) {
  const QString shown = !row.shown ? QString() : row.unreadable.isEmpty() ? row.problem : row.unreadable;
  row.problem_label->setText(shown);
  row.problem_label->setVisible(!shown.isEmpty());
  row.editor->setAccessibleDescription(shown);
  mark_problem(*row.editor, shown);
  // The mark's tooltip is its sentence; without one the field is explained again.
  if (shown.isEmpty() && row.info) row.editor->setToolTip(tooltip(*row.info, row.allowed));
}

bool SchemaForm::is_valid() const {
  return std::all_of(rows_.begin(), rows_.end(), [](const auto& entry) {
    const Row& row = entry.second;
    return !row.shown || (row.unreadable.isEmpty() && row.problem.isEmpty());
  });
}

void SchemaForm::set_read_only(bool read_only) {
  read_only_ = read_only;
  for (auto& [path, row] : rows_) refresh_enabled(row);
}

void SchemaForm::set_relevant(const std::string& path, bool relevant) {
  auto& row = rows_.at(path);
  row.relevant = relevant;
  refresh_enabled(row);
}

void SchemaForm::refresh_enabled(Row& row) {
  row.editor->setEnabled(row.relevant && !read_only_);
  if (qobject_cast<QToolButton*>(row.side)) row.side->setEnabled(row.relevant && !read_only_);
  row.label->setEnabled(row.relevant);
}

QWidget* SchemaForm::editor(const std::string& path) const {
  const auto found = rows_.find(path);
  return found == rows_.end() ? nullptr : found->second.editor;
}

QString SchemaForm::problem(const std::string& path) const {
  const auto found = rows_.find(path);
  if (found == rows_.end()) return {};
  return found->second.unreadable.isEmpty() ? found->second.problem : found->second.unreadable;
}

}  // namespace halfwave::widgets
