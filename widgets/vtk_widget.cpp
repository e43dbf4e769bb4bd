#include "widgets/vtk_widget.h"

#include "widgets/theme.h"

#include <QElapsedTimer>
#include <QOffscreenSurface>
#include <QOpenGLContext>
#include <QOpenGLFunctions>
#include <QPainter>
#include <QTimer>
#include <vtkCallbackCommand.h>
#include <vtkGenericOpenGLRenderWindow.h>
#include <vtkNew.h>
#include <vtkOpenGLFramebufferObject.h>
#include <vtkRenderer.h>
#include <vtkRendererCollection.h>

#include <optional>

namespace halfwave::widgets {
namespace {

QSurfaceFormat wanted_format() {
  QSurfaceFormat format;
  format.setRenderableType(QSurfaceFormat::OpenGL);
  format.setVersion(3, 2);
  format.setProfile(QSurfaceFormat::CoreProfile);
  format.setDepthBufferSize(0);  // VTK draws into framebuffers of its own
  return format;
}

bool is_3_2(const QOpenGLContext& context) {
  return context.isValid() && context.format().renderableType() == QSurfaceFormat::OpenGL &&
         context.format().version() >= std::pair(3, 2);
}

QString find_opengl_problem() {
  if (!qEnvironmentVariableIsEmpty("HALFWAVE_NO_OPENGL"))
    return VtkWidget::tr("OpenGL is switched off by HALFWAVE_NO_OPENGL.");
  QOpenGLContext context;
  context.setFormat(wanted_format());
  if (!context.create())
    return VtkWidget::tr("This display offers no OpenGL; version 3.2 or newer is needed.");
  if (!is_3_2(context))
    return VtkWidget::tr("This display offers OpenGL %1.%2; version 3.2 or newer is needed.")
        .arg(context.format().majorVersion())
        .arg(context.format().minorVersion());
  QOffscreenSurface surface;
  surface.setFormat(context.format());
  surface.create();
  if (!surface.isValid() || !context.makeCurrent(&surface))
    return VtkWidget::tr("This display cannot draw off screen with OpenGL.");
  context.doneCurrent();
  return {};
}

}  // namespace

QString opengl_problem() {
  static std::optional<QString> problem;
  if (!problem) problem = find_opengl_problem();
  return *problem;
}

struct VtkWidget::Impl {
  QOffscreenSurface surface;
  QOpenGLContext context;
  vtkSmartPointer<vtkGenericOpenGLRenderWindow> window;
  vtkNew<vtkCallbackCommand> callback;
  QString reason;
  QImage picture;
  QImage rows;  // as OpenGL hands them out, lowest first
  QTimer timer;
  bool wanted = true;
  int count = 0;
  double last_ms = 0.0;

  bool make_current() { return context.makeCurrent(&surface); }

  static void on_window_event(vtkObject*, unsigned long event, void* data, void* call_data) {
    auto* self = static_cast<Impl*>(data);
    if (event == vtkCommand::WindowMakeCurrentEvent) {
      self->make_current();
    } else if (event == vtkCommand::WindowIsCurrentEvent) {
      *static_cast<bool*>(call_data) = QOpenGLContext::currentContext() == &self->context;
    }
  }

  void create() {
    reason = opengl_problem();
    if (!reason.isEmpty()) return;
    context.setFormat(wanted_format());
    surface.setFormat(wanted_format());
    if (context.create()) {
      surface.setFormat(context.format());
      surface.create();
    }
    if (!is_3_2(context) || !make_current()) {
      reason = VtkWidget::tr("OpenGL stopped working: no further context could be made.");
      return;
    }
    window = vtkSmartPointer<vtkGenericOpenGLRenderWindow>::New();
    callback->SetCallback(&Impl::on_window_event);
    callback->SetClientData(this);
    window->AddObserver(vtkCommand::WindowMakeCurrentEvent, callback);
    window->AddObserver(vtkCommand::WindowIsCurrentEvent, callback);
    window->SetMultiSamples(0);
    window->SetFrameBlitModeToNoBlit();
    window->SetReadyForRendering(true);
    window->SetMapped(true);
    window->SetIsCurrent(true);
    window->OpenGLInit();
    context.doneCurrent();
  }

  void read_back(QSize size) {
    if (rows.size() != size) rows = QImage(size, QImage::Format_RGB32);
    vtkOpenGLFramebufferObject* framebuffer = window->GetDisplayFramebuffer();
    framebuffer->Bind(GL_READ_FRAMEBUFFER);
    framebuffer->ActivateReadBuffer(0);
    QOpenGLFunctions* gl = context.functions();
    gl->glPixelStorei(GL_PACK_ALIGNMENT, 4);
    gl->glReadPixels(0, 0, size.width(), size.height(), GL_BGRA, GL_UNSIGNED_BYTE, rows.bits());
    picture = rows.mirrored();
  }
};

VtkWidget::VtkWidget(QWidget* parent) : QWidget(parent), impl_(std::make_unique<Impl>()) {
  impl_->create();
  impl_->timer.setSingleShot(true);
  impl_->timer.setInterval(0);
  connect(&impl_->timer, &QTimer::timeout, this, &VtkWidget::render_now);
  connect(&theme_notifier(), &ThemeNotifier::changed, this, &VtkWidget::request_render);
}

VtkWidget::~VtkWidget() {
  if (!impl_->window) return;
  impl_->make_current();
  impl_->window->Finalize();
  impl_->window = nullptr;
  impl_->context.doneCurrent();
}

vtkRenderWindow* VtkWidget::render_window() const {
  return impl_->window;
}
QString VtkWidget::unavailable_reason() const {
  return impl_->reason;
}
int VtkWidget::rendered_count() const {
  return impl_->count;
}
double VtkWidget::last_render_ms() const {
  return impl_->last_ms;
}

void VtkWidget::request_render() {
  impl_->wanted = true;
  if (isVisible() && !impl_->timer.isActive()) impl_->timer.start();
}

void VtkWidget::render_now() {
  const QSize size = (QSizeF(this->size()) * devicePixelRatioF()).toSize();
  if (!impl_->window || size.isEmpty() || !isVisible()) return;
  QElapsedTimer clock;
  clock.start();
  if (!impl_->make_current()) {
    impl_->reason = tr("OpenGL stopped working, so this view is no longer drawn.");
    impl_->picture = {};
    update();
    return;
  }
  impl_->wanted = false;
  impl_->window->SetSize(size.width(), size.height());
  prepare_render();
  impl_->window->Render();
  impl_->read_back(size);
  impl_->context.doneCurrent();
  impl_->picture.setDevicePixelRatio(devicePixelRatioF());
  ++impl_->count;
  impl_->last_ms = 1e-6 * static_cast<double>(clock.nsecsElapsed());
  update();
  Q_EMIT rendered();
}

void VtkWidget::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const ThemeColours& colours = theme_colours();
  if (!impl_->reason.isEmpty()) {
    painter.fillRect(rect(), colours.plot_background);
    painter.setPen(colours.muted_text);
    painter.drawText(
        rect().adjusted(spacing_large, spacing_large, -spacing_large, -spacing_large),
        Qt::AlignCenter | Qt::TextWordWrap,
        tr("Fields cannot be drawn here. %1 Training and plots work as usual.").arg(impl_->reason));
    return;
  }
  if (impl_->picture.isNull())
    painter.fillRect(rect(), colours.window);
  else
    painter.drawImage(rect(), impl_->picture);
  paint_overlay(painter);
}

void VtkWidget::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  request_render();
}

void VtkWidget::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  if (impl_->wanted) request_render();
}

}  // namespace halfwave::widgets
