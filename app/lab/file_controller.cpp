#include "app/lab/file_controller.h"

#include "app/lab/data_loader.h"
#include "app/lab/document.h"
#include "app/lab/message_bar.h"
#include "app/lab/recent_files.h"
#include "app/lab/run_controller.h"
#include "app/lab/run_folders.h"
#include "app/lab/run_opener.h"
#include "app/lab/views.h"
#include "core/error.h"
#include "core/training/run_folder.h"
#include "widgets/sample_files.h"

#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QMainWindow>
#include <QMessageBox>
#include <QSettings>

#include <algorithm>

namespace halfwave::lab {
namespace {

constexpr auto last_folder_key = "files/last_folder";

QString last_folder() {
  return QSettings().value(last_folder_key, QDir::homePath()).toString();
}

void remember(const QString& path) {
  RecentFiles::add(path);
  QSettings().setValue(last_folder_key, QFileInfo(path).absolutePath());
}

bool is_preset(const QString& name) {
  const auto& names = experiment_preset_names();
  return std::find(names.begin(), names.end(), name.toStdString()) != names.end();
}

}  // namespace

FileController::FileController(QMainWindow& window, Parts parts, RunController& run, QObject* parent)
    : QObject(parent), window_(window), parts_(parts), run_(run), opener_(new RunOpener(parts, this)) {
  connect(opener_, &RunOpener::opened, this,
          [this](const QString& folder, const Experiment& experiment, RunState state) {
            remember(folder);
            run_.adopt(folder, experiment, state);
          });
  connect(opener_, &RunOpener::failed, this, &FileController::complain);
}

void FileController::open(const QString& path) {
  if (is_preset(path)) {
    new_from_preset(path);
    return;
  }
  const QFileInfo file(path);
  if (!file.exists()) {
    complain(tr("%1 is neither a file, nor the folder of a run, nor a shipped preset.").arg(path));
  } else if (file.isDir()) {
    if (!is_run_folder(path.toStdString())) {
      complain(tr("%1 is not the folder of a run: it holds no experiment.json.").arg(path));
    } else if (!refuse_during_run() && may_leave_document()) {
      opener_->open(path);
    }
  } else if (file.suffix().toLower() == "json") {
    open_experiment(path);
  } else {
    open_dataset(path);
  }
}

void FileController::new_from_preset(const QString& preset) {
  if (refuse_during_run() || !may_leave_document()) return;
  try {
    parts_.document.open(preset);
    parts_.loader.load(parts_.document.experiment().dataset);
  } catch (const Error& error) {
    complain(QString::fromUtf8(error.what()));
  }
}

void FileController::open_experiment(const QString& path) {
  if (refuse_during_run() || !may_leave_document()) return;
  try {
    parts_.document.open(path);
    remember(path);
    parts_.views.messages->dismiss();
    parts_.loader.load(parts_.document.experiment().dataset);
  } catch (const Error& error) {
    complain(QString::fromUtf8(error.what()));
  }
}

void FileController::open_dataset(const QString& path) {
  if (refuse_during_run()) return;
  const std::string file = QFileInfo(path).absoluteFilePath().toStdString();
  parts_.document.edit([&file](Experiment& e) {
    e.dataset.source = "file";
    e.dataset.train = file;
    e.dataset.test.clear();
    e.dataset.samples = 0;
    e.dataset.test_samples = 0;
  });
  remember(path);
  parts_.loader.load(parts_.document.experiment().dataset);
}

void FileController::ask_experiment() {
  if (refuse_during_run()) return;
  const QString path = QFileDialog::getOpenFileName(&window_, tr("Open experiment"), last_folder(),
                                                    tr("Experiments (*.json);;All files (*)"));
  if (!path.isEmpty()) open_experiment(path);
}

void FileController::ask_dataset() {
  if (refuse_during_run()) return;
  const QString path = QFileDialog::getOpenFileName(&window_, tr("Open dataset"), last_folder(),
                                                    widgets::sample_file_filter());
  if (!path.isEmpty()) open_dataset(path);
}

void FileController::ask_run() {
  if (refuse_during_run()) return;
  const QString path = QFileDialog::getExistingDirectory(&window_, tr("Open run"), runs_root());
  if (!path.isEmpty()) open(path);
}

void FileController::ask_runs_folder() {
  const QString path = QFileDialog::getExistingDirectory(&window_, tr("Folder for runs"), runs_root());
  if (!path.isEmpty()) set_runs_root(path);
}

bool FileController::save() {
  const QString& path = parts_.document.path();
  return path.isEmpty() ? save_as() : write(path);
}

bool FileController::save_as() {
  const QString proposed =
      QDir(last_folder()).filePath(QString::fromStdString(parts_.document.experiment().name) + ".json");
  QString path = QFileDialog::getSaveFileName(&window_, tr("Save experiment"), proposed,
                                              tr("Experiments (*.json);;All files (*)"));
  if (path.isEmpty()) return false;
  if (QFileInfo(path).suffix().isEmpty()) path += ".json";
  return write(path);
}

bool FileController::write(const QString& path) {
  try {
    parts_.document.save(path);
  } catch (const Error& error) {
    complain(QString::fromUtf8(error.what()));
    return false;
  }
  remember(path);
  return true;
}

bool FileController::may_leave_document() {
  if (!parts_.document.is_dirty()) return true;
  QMessageBox box(QMessageBox::Question, tr("Unsaved changes"),
                  tr("The experiment %1 was changed. Save the changes?").arg(parts_.document.title()),
                  QMessageBox::Save | QMessageBox::Discard | QMessageBox::Cancel, &window_);
  box.setObjectName("ask_save");
  box.setDefaultButton(QMessageBox::Save);
  const int answer = box.exec();
  if (answer == QMessageBox::Cancel) return false;
  return answer == QMessageBox::Discard || save();
}

bool FileController::refuse_during_run() {
  if (!run_.busy()) return false;
  parts_.views.messages->show_message(
      MessageBar::Kind::information,
      tr("A run is on. Stop it, or let it finish, before opening something else."));
  return true;
}

void FileController::complain(const QString& sentence) {
  parts_.views.messages->show_message(MessageBar::Kind::error, sentence);
}

}  // namespace halfwave::lab
