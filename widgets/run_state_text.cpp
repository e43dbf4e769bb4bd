#include "widgets/run_state_text.h"

#include <QCoreApplication>

namespace halfwave::widgets {
namespace {

QString translated(const char* text) {
  return QCoreApplication::translate("RunState", text);
}

}  // namespace

QString run_state_text(RunState state, const QString& idle) {
  switch (state) {
    case RunState::idle:
      return idle;
    case RunState::preparing:
      return translated("preparing");
    case RunState::running:
      return translated("training");
    case RunState::paused:
      return translated("paused");
    case RunState::finished:
      return translated("finished");
    case RunState::stopped:
      return translated("stopped");
    case RunState::failed:
      break;
  }
  return translated("failed");
}

}  // namespace halfwave::widgets
