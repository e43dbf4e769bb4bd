#pragma once

#include <QSize>
#include <QString>
#include <QStringList>

#include <optional>

namespace halfwave::lab {

/// What the window was asked to do when it was started.
struct CommandLine {
  QString open;          ///< experiment, preset, dataset or run; empty = the embedded experiment
  QString theme;         ///< light, dark or system; empty = as remembered
  bool run = false;      ///< start training at once
  QString screenshot;    ///< write a picture of the window here and leave
  int after_epochs = 0;  ///< … when so many epochs have ended
  std::optional<QSize> size;
};

/// Reads the arguments (without the program's name). Throws RequestError with a sentence.
/// Sets `text` instead when only help or version was asked for.
CommandLine read_command_line(const QStringList& arguments, QString& text);

/// Why no window can be shown here, as a sentence; empty when one can. Looks at the environment, and asks
/// the X server that it names.
QString display_problem();

}  // namespace halfwave::lab
