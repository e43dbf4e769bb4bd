#pragma once

#include "core/experiment/experiment.h"

#include <QString>

namespace halfwave::lab {

/// `halfwave train …` for a shell, which trains this experiment: the file `path` if it can be read, else the
/// shipped preset that is nearest, and --set for each field that differs.
QString train_command(const Experiment& experiment, const QString& path);

}  // namespace halfwave::lab
