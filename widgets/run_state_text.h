#pragma once

#include "core/training/events.h"

#include <QString>

namespace halfwave::widgets {

/// A run's state for a person, in one word; `idle` is what a run that has not begun is called.
QString run_state_text(RunState state, const QString& idle);

}  // namespace halfwave::widgets
