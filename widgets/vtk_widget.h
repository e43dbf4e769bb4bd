#pragma once

#include <QWidget>

#include <memory>

class vtkRenderWindow;

namespace halfwave::widgets {

/// Shows what a vtkRenderWindow draws. The window belongs to the widget and has an OpenGL 3.2 core context of
/// its own, off screen; each finished picture is read back and painted like any image, so the widget can be
/// moved between windows, covered by other widgets and grabbed. Where there is no OpenGL 3.2 it shows a
/// sentence that says so and renders nothing.
///
/// Pictures are made only when asked for, at most one a turn of the event loop.
class VtkWidget : public QWidget {
  Q_OBJECT
 public:
  explicit VtkWidget(QWidget* parent = nullptr);
  ~VtkWidget() override;

  /// Null where OpenGL 3.2 is missing.
  vtkRenderWindow* render_window() const;
  bool available() const { return render_window() != nullptr; }
  /// Why nothing can be drawn; empty when it can.
  QString unavailable_reason() const;

  /// Asks for a new picture. Calls before it is made count as one.
  void request_render();
  /// Pictures made so far, and the milliseconds that the last one took.
  int rendered_count() const;
  double last_render_ms() const;

 Q_SIGNALS:
  void rendered();

 protected:
  /// Called with this widget's OpenGL context current, just before each picture.
  virtual void prepare_render() {}
  /// Paints over the picture, in the widget's coordinates.
  virtual void paint_overlay(QPainter&) {}

  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void showEvent(QShowEvent* event) override;

 private:
  void render_now();

  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Why OpenGL 3.2 cannot be used in this process; empty if it can. Asked once, then remembered. The
/// environment variable HALFWAVE_NO_OPENGL makes it unavailable.
QString opengl_problem();

}  // namespace halfwave::widgets
