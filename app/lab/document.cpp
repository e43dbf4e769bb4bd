#include "app/lab/document.h"

#include <QFileInfo>

#include <algorithm>

namespace halfwave::lab {

Document::Document(QObject* parent) : QObject(parent) {
  check();
}

QString Document::title() const {
  return path_.isEmpty() ? QString::fromStdString(experiment_.name) : QFileInfo(path_).fileName();
}

void Document::replace(const Experiment& experiment, const QString& path) {
  experiment_ = experiment;
  path_ = path;
  dirty_ = false;
  check();
  Q_EMIT replaced();
  Q_EMIT status_changed();
}

void Document::edit(const std::function<void(Experiment&)>& change) {
  Experiment next = experiment_;
  change(next);
  if (next == experiment_) return;
  experiment_ = std::move(next);
  check();
  Q_EMIT changed();
  if (!dirty_) {
    dirty_ = true;
    Q_EMIT status_changed();
  }
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
  dirty_ = false;
  Q_EMIT status_changed();
}

void Document::check() {
  problems_ = halfwave::problems(experiment_);
}

}  // namespace halfwave::lab
