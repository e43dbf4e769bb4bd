#pragma once

#include <QImage>
#include <QObject>
#include <QOffscreenSurface>
#include <QOpenGLContext>
#include <QSize>
#include <QThread>
#include <vtkNew.h>
#include <vtkSmartPointer.h>

#include <functional>
#include <memory>

class vtkCallbackCommand;
class vtkGenericOpenGLRenderWindow;
class vtkObject;
class vtkRenderWindow;

namespace halfwave::widgets {

/// The thread in which all VTK scenes live; VTK is not made to be used from several at once. It ends with its
/// last owner. Where the platform's OpenGL must stay in the main thread, it is null and scenes live there.
std::shared_ptr<QThread> render_thread();

/// A core context of version 3.2 or newer is asked for; `is_usable` tells whether it was given.
QSurfaceFormat render_format();
bool is_usable(const QOpenGLContext& context);
/// Whether VTK can work with the context that is current. (Debian's VTK finds OpenGL's functions through GLX,
/// so not with contexts that come from EGL, as on Wayland.)
bool vtk_can_draw();

/// A render window with its context. Made and deleted in the main thread; everything else goes through slots
/// that run in the render thread.
class RenderWorker : public QObject {
  Q_OBJECT
 public:
  RenderWorker();
  ~RenderWorker() override;

  /// Empty if rendering can begin. Main thread.
  QString start();
  /// Renders `size` pixels after `frame` has prepared the window; `finished` tells the result.
  void render(std::function<void(vtkRenderWindow&)> frame, QSize size);

 Q_SIGNALS:
  /// A null picture: OpenGL has stopped working.
  void finished(const QImage& picture, double milliseconds);

 private:
  static void on_window_event(vtkObject*, unsigned long event, void* worker, void* call_data);
  bool make_current() { return context_->makeCurrent(&surface_); }
  void render_now(const std::function<void(vtkRenderWindow&)>& frame, QSize size);
  void create_window();
  void tear_down();
  QImage read_back(QSize size);

  std::shared_ptr<QThread> thread_;
  QOffscreenSurface surface_;
  std::unique_ptr<QOpenGLContext> context_;
  vtkSmartPointer<vtkGenericOpenGLRenderWindow> window_;
  vtkSmartPointer<vtkCallbackCommand> callback_;
  std::function<void(vtkRenderWindow&)> last_frame_;  // kept so that scenes it owns end in the render thread
  QImage rows_;                                       // as OpenGL hands them out, lowest first
};

}  // namespace halfwave::widgets
