#pragma once

#include <QMainWindow>

#include <memory>

namespace halfwave::lab {

class CompareController;
class RunController;
class Document;

/// The laboratory's window: puts the parts together and leaves the work to them.
class MainWindow : public QMainWindow {
  Q_OBJECT
 public:
  explicit MainWindow(QWidget* parent = nullptr);
  ~MainWindow() override;

  /// What the program begins with: the embedded experiment, and in its place `what`, if that can be opened.
  void start(const QString& what);
  /// Opens an experiment, preset, dataset or run; problems are said in the message bar.
  void open(const QString& what);
  /// As if Run had been pressed.
  void run();

  Document& document();
  RunController& runs();
  CompareController& comparison();

 protected:
  void closeEvent(QCloseEvent* event) override;
  void changeEvent(QEvent* event) override;
  /// An experiment, a file with data or the folder of a run is opened as by the menu.
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace halfwave::lab
