#include "app/lab/close_guard.h"

#include "app/lab/compare_controller.h"
#include "app/lab/file_controller.h"
#include "app/lab/run_controller.h"

#include <QMainWindow>
#include <QMessageBox>
#include <QPushButton>
#include <QTimer>

namespace halfwave::lab {

CloseGuard::CloseGuard(QMainWindow& window, RunController& run, CompareController& compare,
                       FileController& files, QObject* parent)
    : QObject(parent), window_(window), run_(run), compare_(compare), files_(files) {
  // Also when only data was being made for the run: then `ended` never comes.
  const auto close_when_done = [this] {
    if (stopping_ && !busy()) QTimer::singleShot(0, &window_, &QWidget::close);
  };
  connect(&run, &RunController::state_changed, this, close_when_done);
  connect(&compare, &CompareController::state_changed, this, close_when_done);
}

bool CloseGuard::busy() const {
  return run_.busy() || compare_.busy();
}

bool CloseGuard::may_close() {
  if (busy()) {
    if (!asking_ && !stopping_) ask_to_stop();
    return false;
  }
  if (asking_) return false;
  asking_ = true;
  const bool leave = files_.may_leave_document();
  asking_ = false;
  if (!leave) stopping_ = false;
  return leave;
}

void CloseGuard::ask_to_stop() {
  asking_ = true;
  auto* box =
      new QMessageBox(QMessageBox::Question, tr("A run is on"),
                      tr("Stop the run and close? A checkpoint is saved, so that it can go on later."),
                      QMessageBox::NoButton, &window_);
  box->setObjectName("ask_stop");
  box->setAttribute(Qt::WA_DeleteOnClose);
  QPushButton* stop = box->addButton(tr("Stop and close"), QMessageBox::AcceptRole);
  stop->setObjectName("stop_and_close");
  box->addButton(tr("Go on training"), QMessageBox::RejectRole);
  connect(box, &QMessageBox::finished, this, [this, box, stop] {
    asking_ = false;
    if (box->clickedButton() != stop) return;
    stopping_ = true;
    if (run_.busy()) run_.stop();
    if (compare_.busy()) compare_.stop();
    if (!busy()) window_.close();
  });
  box->open();
}

}  // namespace halfwave::lab
