#include "app/lab/document.h"

#include "app/lab/step_text.h"
#include "core/experiment/difference.h"
#include "core/experiment/schema.h"

#include <QFileInfo>
#include <QUndoCommand>

#include <algorithm>
#include <utility>

namespace halfwave::lab {
namespace {

constexpr int kept_steps = 500;

bool is_typed(FieldKind kind) {
  switch (kind) {
    case FieldKind::integer:
    case FieldKind::seed:
    case FieldKind::number:
    case FieldKind::text:
    case FieldKind::file:
    case FieldKind::file_list:
    case FieldKind::integer_list:
      return true;
    default:
      return false;
  }
}

/// The field that an edit is about, if it is one that is typed; what else changes follows from it.
std::string typed_field(const Experiment& before, const Experiment& after) {
  const auto paths = differing_fields(before, after);
  const FieldInfo* info = paths.empty() ? nullptr : find_field(paths.front());
  return info && is_typed(info->kind) ? info->path : std::string();
}

}  // namespace

class Document::Step : public QUndoCommand {
 public:
  Step(Document& document, Experiment before, Experiment after)
      : QUndoCommand(step_text(before, after)),
        document_(document),
        field_(typed_field(before, after)),
        session_(document.session_),
        before_(std::move(before)),
        after_(std::move(after)) {}

  int id() const override { return 1; }
  void undo() override { document_.experiment_ = before_; }
  void redo() override { document_.experiment_ = after_; }

  bool mergeWith(const QUndoCommand* next) override {
    const auto& step = static_cast<const Step&>(*next);
    if (field_.empty() || step.field_ != field_ || step.session_ != session_) return false;
    after_ = step.after_;
    setText(step_text(before_, after_));
    setObsolete(before_ == after_);
    return true;
  }

 private:
  Document& document_;
  std::string field_;
  int session_;
  Experiment before_, after_;
};

Document::Document(QObject* parent) : QObject(parent) {
  history_.setUndoLimit(kept_steps);
  connect(&history_, &QUndoStack::cleanChanged, this, &Document::status_changed);
  check();
}

QString Document::title() const {
  return path_.isEmpty() ? QString::fromStdString(experiment_.name) : QFileInfo(path_).fileName();
}

void Document::replace(const Experiment& experiment, const QString& path) {
  history_.clear();
  history_.setClean();  // an empty history that was not clean stays so when cleared
  put(experiment, path);
}

void Document::recover(const Experiment& experiment, const QString& path) {
  history_.clear();
  history_.resetClean();
  put(experiment, path);
}

void Document::put(const Experiment& experiment, const QString& path) {
  experiment_ = experiment;
  path_ = path;
  end_step();
  check();
  Q_EMIT replaced();
  Q_EMIT status_changed();
}

void Document::edit(const std::function<void(Experiment&)>& change) {
  Experiment next = experiment_;
  change(next);
  if (next == experiment_) return;
  const bool renamed = next.name != experiment_.name;
  history_.push(new Step(*this, experiment_, std::move(next)));
  check();
  Q_EMIT changed();
  if (renamed) Q_EMIT status_changed();
}

void Document::undo() {
  if (!history_.canUndo()) return;
  end_step();
  history_.undo();
  check();
  Q_EMIT stepped();
  Q_EMIT changed();
}

void Document::redo() {
  if (!history_.canRedo()) return;
  end_step();
  history_.redo();
  check();
  Q_EMIT stepped();
  Q_EMIT changed();
}

void Document::open(const QString& file_or_preset) {
  const auto& presets = experiment_preset_names();
  const std::string name = file_or_preset.toStdString();
  const bool is_preset = std::find(presets.begin(), presets.end(), name) != presets.end();
  replace(load_experiment(name), is_preset ? QString() : QFileInfo(file_or_preset).absoluteFilePath());
}

void Document::save(const QString& path) {
  save_experiment(experiment_, path.toStdString());
  path_ = path;
  history_.setClean();
  Q_EMIT status_changed();
}

void Document::check() {
  problems_ = halfwave::problems(experiment_);
}

}  // namespace halfwave::lab
