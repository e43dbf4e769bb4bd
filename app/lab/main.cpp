#include "app/lab/command_line.h"
#include "app/lab/main_window.h"
#include "app/lab/screenshot.h"
#include "app/lab/window_settings.h"
#include "core/device/device.h"
#include "core/device/memory_meter.h"
#include "core/device/patient_threads.h"
#include "core/error.h"
#include "widgets/theme.h"

#include <QApplication>

#include <cstdio>

namespace {

constexpr int bad_request = 2;

void set_names() {
  QCoreApplication::setOrganizationName("Halfwave");
  QCoreApplication::setApplicationName("Halfwave");
  QCoreApplication::setApplicationVersion(HALFWAVE_VERSION);
}

int complain(const QString& sentence) {
  std::fprintf(stderr, "halfwave-lab: %s\n", qUtf8Printable(sentence));
  return bad_request;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace halfwave;
  restart_with_patient_threads(argv);
  set_names();
  QStringList arguments;
  for (int i = 1; i < argc; ++i) arguments += QString::fromLocal8Bit(argv[i]);
  lab::CommandLine command;
  try {
    QString text;
    command = lab::read_command_line(arguments, text);
    if (!text.isEmpty()) {
      std::fputs(qUtf8Printable(text), stdout);
      return 0;
    }
  } catch (const RequestError& error) {
    return complain(QString::fromUtf8(error.what()));
  }
  const QString no_display = lab::display_problem();
  if (!no_display.isEmpty()) return complain(no_display);

  install_memory_meter();
  load_device_modules();

  QApplication application(argc, argv);
  widgets::apply_theme(application, command.theme.isEmpty() ? lab::remembered_theme()
                                                            : widgets::theme_from_name(command.theme));
  lab::MainWindow window;
  if (command.size) window.resize(*command.size);
  window.show();
  window.start(command.open);
  if (command.run) window.run();
  if (command.screenshot.isEmpty()) return QApplication::exec();
  const lab::Screenshot screenshot(window, command.screenshot, command.after_epochs);
  return QApplication::exec();
}
