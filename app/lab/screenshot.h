#pragma once

#include <QObject>
#include <QString>

namespace halfwave::lab {

class MainWindow;

/// Writes a picture of the window when so many epochs have ended, then leaves the program: exit code 0, or 1
/// when the run ended before that or the file could not be written.
class Screenshot : public QObject {
  Q_OBJECT
 public:
  Screenshot(MainWindow& window, QString file, int after_epochs);

 private:
  void look();
  void take();

  MainWindow& window_;
  QString file_;
  int after_epochs_;
  bool taken_ = false;
};

}  // namespace halfwave::lab
