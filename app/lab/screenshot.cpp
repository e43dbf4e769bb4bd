#include "app/lab/screenshot.h"

#include "app/lab/main_window.h"
#include "app/lab/run_controller.h"

#include <QApplication>
#include <QPixmap>
#include <QTimer>

#include <cstdio>
#include <utility>

namespace halfwave::lab {
namespace {

// After the epoch's last events, for views that draw at their own pace.
constexpr int settle_ms = 900;

}  // namespace

Screenshot::Screenshot(MainWindow& window, QString file, int after_epochs)
    : window_(window), file_(std::move(file)), after_epochs_(after_epochs) {
  auto* timer = new QTimer(this);
  connect(timer, &QTimer::timeout, this, &Screenshot::look);
  timer->start(50);
}

void Screenshot::look() {
  if (taken_) return;
  const RunController& runs = window_.runs();
  const bool enough = runs.finished_epochs() >= after_epochs_ && (after_epochs_ > 0 || runs.data_ready());
  const bool over = runs.state() == RunState::failed || (!runs.busy() && runs.finished_epochs() > 0);
  if (!enough && !over) return;
  taken_ = true;
  QTimer::singleShot(settle_ms, this, &Screenshot::take);
}

void Screenshot::take() {
  const bool enough = window_.runs().finished_epochs() >= after_epochs_;
  const bool written = window_.grab().save(file_);
  if (!written) std::fprintf(stderr, "%s could not be written\n", qUtf8Printable(file_));
  if (!enough) std::fprintf(stderr, "the run ended before epoch %d\n", after_epochs_);
  // Nobody is there to answer the question that closing would ask.
  if (window_.runs().busy()) {
    connect(&window_.runs(), &RunController::ended, this,
            [good = written && enough] { QApplication::exit(good ? 0 : 1); });
    window_.runs().stop();
  } else {
    QApplication::exit(written && enough ? 0 : 1);
  }
}

}  // namespace halfwave::lab
