#include "app/lab/recovery.h"

#include "app/lab/data_loader.h"
#include "app/lab/document.h"
#include "app/lab/message_bar.h"
#include "app/lab/run_controller.h"
#include "app/lab/views.h"
#include "core/error.h"
#include "core/experiment/experiment_io.h"
#include "core/files/atomic_file.h"
#include "core/training/run_files.h"
#include "core/training/run_summary.h"

#include <QFile>
#include <QFileInfo>
#include <QLocale>

#include <filesystem>

namespace halfwave::lab {
namespace {

constexpr int keep_after_ms = 2000;

/// A run that says that it goes on though no program writes it, and that has a checkpoint.
bool can_go_on(const QString& folder) {
  if (folder.isEmpty()) return false;
  const std::filesystem::path path = folder.toStdString();
  std::error_code ignored;
  return std::filesystem::exists(path / run_file::checkpoint, ignored) &&
         summarize_run(path).standing == RunStanding::interrupted;
}

}  // namespace

RecoveryController::RecoveryController(Parts parts, RunController& runs, QWidget& window, QObject* parent)
    : QObject(parent), parts_(parts), runs_(runs), bar_(new MessageBar(&window)) {
  bar_->setObjectName("recovery_bar");
  own_ = RecoveryLock::take(new_recovery_file());
  writer_.setMaxThreadCount(1);
  timer_.setSingleShot(true);
  timer_.setInterval(keep_after_ms);
  connect(&timer_, &QTimer::timeout, this, &RecoveryController::write);
  connect(&parts.document, &Document::changed, this, &RecoveryController::schedule);
  connect(&parts.document, &Document::status_changed, this, &RecoveryController::schedule);
  connect(&runs, &RunController::state_changed, this, &RecoveryController::schedule);
  connect(bar_, &MessageBar::activated, this, &RecoveryController::accept);
  connect(bar_, &MessageBar::refused, this, &RecoveryController::refuse);
  connect(bar_, &MessageBar::closed, this, &RecoveryController::next);
}

RecoveryController::~RecoveryController() {
  timer_.stop();
  writer_.waitForDone();
  if (own_) QFile::remove(own_->file());
}

void RecoveryController::schedule() {
  if (!own_) return;
  if (parts_.document.is_dirty() || runs_.busy()) {
    if (!timer_.isActive()) timer_.start();
  } else {
    timer_.stop();
    remove_later();
  }
}

void RecoveryController::write() {
  Recovery recovery;
  recovery.experiment = parts_.document.experiment();
  recovery.path = parts_.document.path();
  recovery.name = parts_.document.title();
  recovery.saved = QDateTime::currentDateTime();
  recovery.unsaved = parts_.document.is_dirty();
  if (runs_.busy()) recovery.run_folder = runs_.run_folder();
  written_ = true;
  writer_.start([this, recovery, file = own_->file()] {
    try {
      replace_file(file.toStdString(), recovery_text(recovery), true);
    } catch (const std::exception& error) {
      const QString sentence =
          tr("What is not saved cannot be kept for a recovery: %1").arg(QString::fromUtf8(error.what()));
      QMetaObject::invokeMethod(this, [this, sentence] {
        if (std::exchange(said_failure_, true)) return;
        parts_.views.messages->show_message(MessageBar::Kind::warning, sentence);
      });
    }
  });
}

void RecoveryController::remove_later() {
  if (!std::exchange(written_, false)) return;
  writer_.start([file = own_->file()] { QFile::remove(file); });
}

void RecoveryController::offer() {
  for (const QString& file : recovery_files()) {
    if (own_ && file == own_->file()) continue;
    Offer found;
    found.lock = RecoveryLock::take(file);
    if (!found.lock || !QFile::exists(file)) continue;
    try {
      found.recovery = read_recovery(file);
      if (!found.recovery.unsaved && !can_go_on(found.recovery.run_folder)) {
        QFile::remove(file);
        continue;
      }
    } catch (const std::exception& error) {
      found.problem = QString::fromUtf8(error.what());
    }
    offers_.push_back(std::move(found));
  }
  show_offer();
}

void RecoveryController::show_offer() {
  offers_run_ = false;
  if (offers_.empty()) {
    if (bar_->isVisible()) bar_->dismiss();
    return;
  }
  Offer& shown = offers_.front();
  if (!shown.problem.isEmpty()) {
    const QString aside = put_aside(shown.lock->file());
    const QString kept = aside.isEmpty() ? shown.lock->file() : aside;
    bar_->show_message(MessageBar::Kind::warning,
                       tr("What an earlier window left cannot be recovered: %1. It is kept as %2.")
                           .arg(shown.problem, kept));
    return;
  }
  const Recovery& recovery = shown.recovery;
  const QString time = QLocale().toString(recovery.saved.toLocalTime(), QLocale::ShortFormat);
  QString text;
  if (recovery.unsaved)
    text = tr("Halfwave ended without closing. The experiment “%1” had changes that were not saved; they are "
              "here as of %2.")
               .arg(recovery.name, time);
  else
    text = tr("Halfwave ended without closing, as of %1.").arg(time);
  if (can_go_on(recovery.run_folder))
    text += ' ' + tr("The run “%1” was interrupted and can go on from its checkpoint.")
                      .arg(QFileInfo(recovery.run_folder).fileName());
  bar_->show_message(MessageBar::Kind::information, text, tr("Recover"), tr("Throw away"));
}

void RecoveryController::accept() {
  if (std::exchange(offers_run_, false)) {
    runs_.continue_run();
    next();
    return;
  }
  if (offers_.empty() || !offers_.front().problem.isEmpty()) return;
  if (runs_.busy()) {
    parts_.views.messages->show_message(MessageBar::Kind::information,
                                        tr("A run is on. Stop it, or let it finish, before recovering."));
    return;
  }
  if (parts_.document.is_dirty()) {
    parts_.views.messages->show_message(
        MessageBar::Kind::information,
        tr("The experiment that is shown has changes. Save it, or undo them, before recovering another."));
    return;
  }
  const Recovery recovery = offers_.front().recovery;
  if (recovery.unsaved)
    parts_.document.recover(recovery.experiment, recovery.path);
  else
    parts_.document.replace(recovery.experiment, recovery.path);
  if (own_) write();
  writer_.waitForDone();  // not lost between the one file and the other
  QFile::remove(offers_.front().lock->file());
  parts_.loader.load(recovery.experiment.dataset);
  if (!offer_run(recovery)) next();
}

bool RecoveryController::offer_run(const Recovery& recovery) {
  if (!can_go_on(recovery.run_folder)) return false;
  try {
    const std::filesystem::path folder = recovery.run_folder.toStdString();
    runs_.adopt(recovery.run_folder, load_experiment((folder / run_file::experiment).string()),
                RunState::running);
  } catch (const std::exception&) {
    return false;
  }
  offers_run_ = true;
  bar_->show_message(MessageBar::Kind::information,
                     tr("The run “%1” was interrupted. It can go on from its checkpoint, now or later.")
                         .arg(QFileInfo(recovery.run_folder).fileName()),
                     tr("Continue run"), tr("Later"));
  return true;
}

void RecoveryController::refuse() {
  if (!offers_run_ && !offers_.empty()) QFile::remove(offers_.front().lock->file());
  next();
}

void RecoveryController::next() {
  if (!offers_.empty()) offers_.erase(offers_.begin());
  show_offer();
}

}  // namespace halfwave::lab
