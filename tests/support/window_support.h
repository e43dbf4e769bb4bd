#pragma once

#include <QApplication>
#include <QDir>
#include <QString>
#include <QTest>
#include <QWidget>

/// Helpers for tests that open windows.
namespace halfwave::test {

/// Shows a widget at a size (1280×800 unless told) and waits until it is on the screen.
inline bool show_window(QWidget& widget, QSize size = {1280, 800}) {
  widget.resize(size);
  widget.show();
  widget.activateWindow();
  const bool shown = QTest::qWaitForWindowExposed(&widget);
  QCoreApplication::processEvents();
  return shown;
}

/// Lets the event loop turn until `condition` holds, at most `timeout_ms`. Returns whether it held.
template <typename Condition>
bool wait_for(Condition condition, int timeout_ms = 5000) {
  return QTest::qWaitFor(condition, timeout_ms);
}

/// Writes a picture of the widget to the folder named by the environment variable HALFWAVE_SCREENSHOTS, as
/// `name`.png; does nothing when the variable is not set. Returns the picture.
inline QImage screenshot(QWidget& widget, const QString& name) {
  QTest::qWait(50);
  const QImage image = widget.grab().toImage();
  const QString folder = qEnvironmentVariable("HALFWAVE_SCREENSHOTS");
  if (!folder.isEmpty()) {
    QDir().mkpath(folder);
    image.save(QDir(folder).filePath(name + QStringLiteral(".png")));
  }
  return image;
}

}  // namespace halfwave::test
