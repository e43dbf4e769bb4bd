#include "app/lab/command_line.h"

#include <QCommandLineParser>
#include <QCoreApplication>

#ifdef __linux__
#include <dlfcn.h>
#endif

#include "core/error.h"

namespace halfwave::lab {
namespace {

[[noreturn]] void refuse(const QString& sentence) {
  throw RequestError(sentence.toStdString());
}

int positive_number(const QString& text, const char* option) {
  bool good = false;
  const int value = text.toInt(&good);
  if (!good || value < 0)
    refuse(QStringLiteral("--%1: \"%2\" is not a whole number of 0 or more").arg(option, text));
  return value;
}

QSize size_from(const QString& text) {
  const QStringList parts = text.split('x');
  if (parts.size() != 2) refuse(QStringLiteral("--size: \"%1\" is not of the form 1280x800").arg(text));
  return {positive_number(parts[0], "size"), positive_number(parts[1], "size")};
}

#ifdef __linux__
// Asked through the library that Qt's own plug-in loads, so that nothing more is linked.
bool x_server_answers() {
  void* library = ::dlopen("libxcb.so.1", RTLD_LAZY | RTLD_LOCAL);
  if (!library) return false;
  const auto connect = reinterpret_cast<void* (*)(const char*, int*)>(::dlsym(library, "xcb_connect"));
  const auto has_error = reinterpret_cast<int (*)(void*)>(::dlsym(library, "xcb_connection_has_error"));
  if (!connect || !has_error) return true;  // leave it to Qt
  // Never closed: a server whose last client leaves starts anew, and Qt would come just then.
  void* connection = connect(nullptr, nullptr);
  return connection && has_error(connection) == 0;
}
#endif

}  // namespace

CommandLine read_command_line(const QStringList& arguments, QString& text) {
  QCommandLineParser parser;
  parser.setApplicationDescription(
      "The window of Halfwave, a laboratory for mixed-precision Fourier neural operators.");
  const QCommandLineOption help({"h", "help"}, "Show this help.");
  const QCommandLineOption version({"v", "version"}, "Show the version.");
  const QCommandLineOption theme("theme", "Theme: light, dark or system.", "name");
  const QCommandLineOption run("run", "Start training at once.");
  QCommandLineOption screenshot("screenshot", "Write a picture of the window and leave.", "file");
  QCommandLineOption after("after-epochs", "Epochs before the picture is taken.", "number");
  QCommandLineOption size("size", "Size of the window.", "WxH");
  for (QCommandLineOption* option : {&screenshot, &after, &size}) {
    option->setFlags(QCommandLineOption::HiddenFromHelp);
  }
  parser.addOptions({help, version, theme, run, screenshot, after, size});
  parser.addPositionalArgument("what",
                               "An experiment (.json) or preset, a dataset (.pt), or the folder of a run.",
                               "[EXPERIMENT|DATASET|RUN]");
  if (!parser.parse(QStringList("halfwave-lab") + arguments)) refuse(parser.errorText());
  if (parser.isSet(help)) text = parser.helpText();
  if (parser.isSet(version)) text = "halfwave-lab " + QCoreApplication::applicationVersion() + '\n';

  CommandLine result;
  const QStringList positional = parser.positionalArguments();
  if (positional.size() > 1) {
    refuse(QStringLiteral("%1 things to open were given; the window opens one").arg(positional.size()));
  }
  if (!positional.isEmpty()) result.open = positional.front();
  result.theme = parser.value(theme);
  if (!result.theme.isEmpty() && !QStringList({"light", "dark", "system"}).contains(result.theme)) {
    refuse(QStringLiteral("--theme: \"%1\" is none of light, dark, system").arg(result.theme));
  }
  result.run = parser.isSet(run);
  result.screenshot = parser.value(screenshot);
  if (parser.isSet(after)) result.after_epochs = positive_number(parser.value(after), "after-epochs");
  if (parser.isSet(size)) result.size = size_from(parser.value(size));
  return result;
}

QString display_problem() {
#ifdef __linux__
  const QString platform = qEnvironmentVariable("QT_QPA_PLATFORM").section(':', 0, 0);
  if (!platform.isEmpty() && platform != "xcb" && !platform.startsWith("wayland")) return {};
  const bool wayland = !qEnvironmentVariableIsEmpty("WAYLAND_DISPLAY");
  if (wayland && platform != "xcb") return {};
  if (qEnvironmentVariableIsEmpty("DISPLAY")) {
    return QStringLiteral(
        "There is no display: neither DISPLAY nor WAYLAND_DISPLAY is set; start halfwave-lab in "
        "a graphical session, or use the program halfwave, which needs none.");
  }
  if (!x_server_answers()) {
    return QStringLiteral(
               "The display %1 does not answer: start halfwave-lab in a graphical session, or use the "
               "program halfwave, which needs none.")
        .arg(qEnvironmentVariable("DISPLAY"));
  }
#endif
  return {};
}

}  // namespace halfwave::lab
