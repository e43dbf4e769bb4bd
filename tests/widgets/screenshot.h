#pragma once

#include <QDir>
#include <QWidget>

namespace halfwave {

/// Saves a picture of the widget in the folder that HALFWAVE_SCREENSHOTS names, for a person to look at.
inline void save_screenshot(QWidget& widget, const QString& name) {
  const QString folder = qEnvironmentVariable("HALFWAVE_SCREENSHOTS");
  if (folder.isEmpty()) return;
  QDir().mkpath(folder);
  widget.grab().save(folder + u'/' + name + QStringLiteral(".png"));
}

}  // namespace halfwave
