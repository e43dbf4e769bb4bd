#include "widgets/render_worker.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QOpenGLFunctions>
#include <vtkCallbackCommand.h>
#include <vtkGenericOpenGLRenderWindow.h>
#include <vtkObjectFactory.h>
#include <vtkOpenGLFramebufferObject.h>

namespace halfwave::widgets {

std::shared_ptr<QThread> render_thread() {
  static std::weak_ptr<QThread> shared;
  if (!QOpenGLContext::supportsThreadedOpenGL()) return nullptr;
  if (auto running = shared.lock()) return running;
  std::shared_ptr<QThread> thread(new QThread, [](QThread* finished) {
    finished->quit();
    finished->wait();
    delete finished;
  });
  thread->setObjectName(QStringLiteral("render"));
  thread->start();
  shared = thread;
  return thread;
}

QSurfaceFormat render_format() {
  QSurfaceFormat format;
  format.setRenderableType(QSurfaceFormat::OpenGL);
  format.setVersion(3, 2);
  format.setProfile(QSurfaceFormat::CoreProfile);
  format.setDepthBufferSize(0);  // VTK draws into framebuffers of its own
  return format;
}

bool is_usable(const QOpenGLContext& context) {
  return context.isValid() && context.format().renderableType() == QSurfaceFormat::OpenGL &&
         context.format().version() >= std::pair(3, 2);
}

namespace {

// Tells whether VTK's own loader of OpenGL's functions works with the current context.
class ProbeWindow : public vtkGenericOpenGLRenderWindow {
 public:
  static ProbeWindow* New();
  bool loaded() const { return GlewInitValid; }
};
vtkStandardNewMacro(ProbeWindow);

}  // namespace

bool vtk_can_draw() {
  vtkNew<ProbeWindow> window;
  const int warnings = vtkObject::GetGlobalWarningDisplay();
  vtkObject::GlobalWarningDisplayOff();
  window->SetIsCurrent(true);
  window->SetReadyForRendering(true);
  window->OpenGLInit();
  const bool loaded = window->loaded();
  window->Finalize();
  vtkObject::SetGlobalWarningDisplay(warnings);
  return loaded;
}

RenderWorker::RenderWorker() = default;

QString RenderWorker::start() {
  auto context = std::make_unique<QOpenGLContext>();
  context->setFormat(render_format());
  if (context->create()) {
    surface_.setFormat(context->format());
    surface_.create();
  }
  if (!is_usable(*context) || !surface_.isValid()) return tr("No further OpenGL context could be made.");
  context_ = std::move(context);
  thread_ = render_thread();
  if (thread_) {
    context_->moveToThread(thread_.get());
    moveToThread(thread_.get());
  }
  return {};
}

RenderWorker::~RenderWorker() {
  if (!context_) return;
  if (thread() == QThread::currentThread())
    tear_down();
  else
    QMetaObject::invokeMethod(this, &RenderWorker::tear_down, Qt::BlockingQueuedConnection);
}

void RenderWorker::tear_down() {
  if (window_ && make_current()) window_->Finalize();
  window_ = nullptr;
  last_frame_ = nullptr;
  callback_ = nullptr;
  context_.reset();
  // Events that are still queued for this object are dropped with it, in the thread that deletes it.
  if (QCoreApplication::instance()) moveToThread(QCoreApplication::instance()->thread());
}

void RenderWorker::on_window_event(vtkObject*, unsigned long event, void* worker, void* call_data) {
  auto* self = static_cast<RenderWorker*>(worker);
  if (event == vtkCommand::WindowMakeCurrentEvent)
    self->make_current();
  else if (event == vtkCommand::WindowIsCurrentEvent)
    *static_cast<bool*>(call_data) = QOpenGLContext::currentContext() == self->context_.get();
}

void RenderWorker::create_window() {
  window_ = vtkSmartPointer<vtkGenericOpenGLRenderWindow>::New();
  callback_ = vtkSmartPointer<vtkCallbackCommand>::New();
  callback_->SetCallback(&RenderWorker::on_window_event);
  callback_->SetClientData(this);
  window_->AddObserver(vtkCommand::WindowMakeCurrentEvent, callback_);
  window_->AddObserver(vtkCommand::WindowIsCurrentEvent, callback_);
  window_->SetMultiSamples(0);
  window_->SetFrameBlitModeToNoBlit();
  window_->SetReadyForRendering(true);
  window_->SetMapped(true);
  window_->SetIsCurrent(true);
  window_->OpenGLInit();
}

void RenderWorker::render(std::function<void(vtkRenderWindow&)> frame, QSize size) {
  QMetaObject::invokeMethod(
      this, [this, frame = std::move(frame), size] { render_now(frame, size); }, Qt::QueuedConnection);
}

void RenderWorker::render_now(const std::function<void(vtkRenderWindow&)>& frame, QSize size) {
  QElapsedTimer clock;
  clock.start();
  if (!make_current()) {
    Q_EMIT finished({}, 0.0);
    return;
  }
  if (!window_) create_window();
  window_->SetSize(size.width(), size.height());
  frame(*window_);
  last_frame_ = frame;
  window_->Render();
  const QImage picture = read_back(size);
  context_->doneCurrent();
  Q_EMIT finished(picture, 1e-6 * static_cast<double>(clock.nsecsElapsed()));
}

QImage RenderWorker::read_back(QSize size) {
  if (rows_.size() != size) rows_ = QImage(size, QImage::Format_RGB32);
  vtkOpenGLFramebufferObject* framebuffer = window_->GetDisplayFramebuffer();
  framebuffer->Bind(GL_READ_FRAMEBUFFER);
  framebuffer->ActivateReadBuffer(0);
  QOpenGLFunctions* gl = context_->functions();
  gl->glPixelStorei(GL_PACK_ALIGNMENT, 4);
  gl->glReadPixels(0, 0, size.width(), size.height(), GL_BGRA, GL_UNSIGNED_BYTE, rows_.bits());
  QImage picture(size, QImage::Format_RGB32);
  for (int y = 0; y < size.height(); ++y) {
    const auto* from = reinterpret_cast<const QRgb*>(rows_.constScanLine(size.height() - 1 - y));
    auto* to = reinterpret_cast<QRgb*>(picture.scanLine(y));
    // The alpha that VTK leaves in its framebuffer means nothing here.
    for (int x = 0; x < size.width(); ++x) to[x] = from[x] | 0xff000000U;
  }
  return picture;
}

}  // namespace halfwave::widgets
