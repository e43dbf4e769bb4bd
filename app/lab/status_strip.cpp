#include "app/lab/status_strip.h"

#include "widgets/run_state_text.h"
#include "widgets/theme.h"

#include <QCoreApplication>
#include <QLabel>
#include <QProgressBar>
#include <QStatusBar>

#include <cmath>

namespace halfwave::lab {
namespace {

QString translated(const char* text) {
  return QCoreApplication::translate("StatusStrip", text);
}

QLabel* add_label(QStatusBar& bar, const char* name, const char* tip) {
  auto* label = new QLabel(&bar);
  label->setObjectName(name);
  label->setToolTip(translated(tip));
  label->setContentsMargins(6, 0, 6, 0);
  label->hide();
  return label;
}

void set_text(QLabel& label, const QString& text) {
  if (label.text() != text) label.setText(text);
  label.setVisible(!text.isEmpty());
}

QColor state_colour(RunState state) {
  const auto& colours = widgets::theme_colours();
  switch (state) {
    case RunState::running:
      return colours.good;
    case RunState::preparing:
    case RunState::paused:
      return colours.warning;
    case RunState::failed:
      return colours.bad;
    default:
      return colours.muted_text;
  }
}

}  // namespace

QString state_text(RunState state) {
  return widgets::run_state_text(state, translated("ready"));
}

StatusStrip::StatusStrip(QStatusBar& bar) {
  bar.setSizeGripEnabled(false);
  state_ = add_label(bar, "status_state", "State of the run");
  position_ = add_label(bar, "status_position", "Epoch and step within it");
  rate_ = add_label(bar, "status_rate", "Optimiser steps per second");
  left_ = add_label(bar, "status_left", "Time until the last epoch ends");
  policy_ = add_label(bar, "status_policy", "Precision policy in force");
  device_ = add_label(bar, "status_device", "Device that trains");
  peak_ = add_label(bar, "status_peak",
                    "Largest memory so far: weights, gradients, optimiser, activations, scratch");
  bar_ = new QProgressBar(&bar);
  bar_->setObjectName("status_progress");
  bar_->setRange(0, 1000);
  bar_->setFixedWidth(170);
  bar_->hide();
  bar.addWidget(state_);
  bar.addWidget(bar_);
  bar.addWidget(position_);
  bar.addWidget(rate_);
  bar.addWidget(left_);
  bar.addPermanentWidget(policy_);
  bar.addPermanentWidget(peak_);
  bar.addPermanentWidget(device_);
  set_state(RunState::idle);
}

void StatusStrip::set_state(RunState state) {
  set_text(*state_, QStringLiteral("<span style='color:%1'>●</span> %2")
                        .arg(state_colour(state).name(), state_text(state)));
}

void StatusStrip::set_progress(const RunProgress& progress) {
  bar_->setRange(0, 1000);
  bar_->setValue(static_cast<int>(std::lround(progress.fraction() * 1000)));
  bar_->setFormat(QStringLiteral("%p %"));
  bar_->show();
  set_text(*position_, translated("epoch %1/%2 · step %3/%4")
                           .arg(progress.epoch() + 1)
                           .arg(progress.epochs())
                           .arg(progress.step_in_epoch())
                           .arg(progress.steps_per_epoch()));
  const double rate = progress.steps_per_second();
  set_text(*rate_, rate > 0 ? translated("%1 steps/s").arg(rate, 0, 'f', rate < 10 ? 1 : 0) : QString());
  set_text(*left_, translated("%1 left").arg(duration_text(progress.seconds_left())));
}

void StatusStrip::set_work(double fraction, const QString& what) {
  bar_->setRange(0, fraction < 0 ? 0 : 1000);
  bar_->setValue(static_cast<int>(std::lround(std::fmax(fraction, 0.0) * 1000)));
  bar_->setFormat(QStringLiteral("%p %"));
  bar_->show();
  set_text(*position_, what);
  set_text(*rate_, {});
  set_text(*left_, {});
}

void StatusStrip::clear_progress() {
  bar_->hide();
  for (QLabel* label : {position_, rate_, left_}) set_text(*label, {});
}

void StatusStrip::set_device(const QString& text, const QString& tip) {
  set_text(*device_, text);
  device_->setToolTip(tip);
}

void StatusStrip::set_policy(const QString& name) {
  set_text(*policy_, translated("policy %1").arg(name));
}

void StatusStrip::set_peak(std::int64_t bytes) {
  set_text(*peak_, bytes > 0 ? translated("peak %1").arg(bytes_text(bytes)) : QString());
}

}  // namespace halfwave::lab
