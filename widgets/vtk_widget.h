#pragma once

#include <QWidget>

#include <functional>
#include <memory>

class vtkRenderWindow;

namespace halfwave::widgets {

/// Shows what a vtkRenderWindow draws. The window has an OpenGL 3.2 core context of its own, off screen, and
/// lives in a thread that all such widgets share; each finished picture is read back and painted like any
/// image. So the event loop never waits for a picture, and the widget can be moved between windows, covered
/// by other widgets and grabbed. Where there is no OpenGL 3.2 it shows a sentence that says so and renders
/// nothing.
///
/// Pictures are made only when asked for; while one is being made, any number of further requests count as
/// one.
class VtkWidget : public QWidget {
  Q_OBJECT
 public:
  explicit VtkWidget(QWidget* parent = nullptr);
  ~VtkWidget() override;

  bool available() const;
  /// Why nothing can be drawn; empty when it can.
  QString unavailable_reason() const;

  /// Asks for a new picture.
  void request_render();
  /// Pictures made so far, and the milliseconds that the last one took in its thread.
  int rendered_count() const;
  double last_render_ms() const;

 Q_SIGNALS:
  void rendered();

 protected:
  /// Prepares one picture; runs in the render thread with the context current. All VTK objects of a scene are
  /// made and touched here and nowhere else.
  using Frame = std::function<void(vtkRenderWindow& window)>;
  /// Called by the event loop before each picture: whatever the picture needs, held by value.
  virtual Frame next_frame() = 0;
  /// Paints over the picture, in the widget's coordinates.
  virtual void paint_overlay(QPainter&) {}

  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void showEvent(QShowEvent* event) override;

 private:
  void start_frame();
  void take_picture(const QImage& picture, double milliseconds);

  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Why OpenGL 3.2 cannot be used in this process; empty if it can. Asked once, then remembered. The
/// environment variable HALFWAVE_NO_OPENGL makes it unavailable.
QString opengl_problem();

}  // namespace halfwave::widgets
