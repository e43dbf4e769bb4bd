#include "widgets/vtk_widget.h"

#include "widgets/render_worker.h"
#include "widgets/theme.h"

#include <QPainter>
#include <QTimer>

#include <optional>

namespace halfwave::widgets {
namespace {

QString find_opengl_problem() {
  if (!qEnvironmentVariableIsEmpty("HALFWAVE_NO_OPENGL"))
    return VtkWidget::tr("OpenGL is switched off by HALFWAVE_NO_OPENGL.");
  QOpenGLContext context;
  context.setFormat(render_format());
  if (!context.create())
    return VtkWidget::tr("This display offers no OpenGL; version 3.2 or newer is needed.");
  if (!is_usable(context))
    return VtkWidget::tr("This display offers OpenGL %1.%2; version 3.2 or newer is needed.")
        .arg(context.format().majorVersion())
        .arg(context.format().minorVersion());
  QOffscreenSurface surface;
  surface.setFormat(context.format());
  surface.create();
  if (!surface.isValid() || !context.makeCurrent(&surface))
    return VtkWidget::tr("This display cannot draw off screen with OpenGL.");
  const bool drawable = vtk_can_draw();
  context.doneCurrent();
  if (!drawable)
    return VtkWidget::tr("VTK cannot use this display's OpenGL; starting with QT_QPA_PLATFORM=xcb may help.");
  return {};
}

}  // namespace

QString opengl_problem() {
  static std::optional<QString> problem;
  if (!problem) problem = find_opengl_problem();
  return *problem;
}

struct VtkWidget::Impl {
  std::unique_ptr<RenderWorker> worker;
  QString reason;
  QImage picture;
  QTimer timer;
  bool wanted = true;
  bool in_flight = false;
  int count = 0;
  double last_ms = 0.0;
};

VtkWidget::VtkWidget(QWidget* parent) : QWidget(parent), impl_(std::make_unique<Impl>()) {
  impl_->reason = opengl_problem();
  if (impl_->reason.isEmpty()) {
    impl_->worker = std::make_unique<RenderWorker>();
    connect(impl_->worker.get(), &RenderWorker::finished, this, &VtkWidget::take_picture,
            Qt::QueuedConnection);
    impl_->reason = impl_->worker->start();
    if (!impl_->reason.isEmpty()) impl_->worker.reset();
  }
  impl_->timer.setSingleShot(true);
  impl_->timer.setInterval(0);
  connect(&impl_->timer, &QTimer::timeout, this, &VtkWidget::start_frame);
  connect(&theme_notifier(), &ThemeNotifier::changed, this, &VtkWidget::request_render);
}

VtkWidget::~VtkWidget() = default;

bool VtkWidget::available() const {
  return impl_->worker != nullptr;
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
  if (isVisible() && !impl_->in_flight && !impl_->timer.isActive()) impl_->timer.start();
}

void VtkWidget::start_frame() {
  const QSize pixels = (QSizeF(size()) * devicePixelRatioF()).toSize();
  if (!impl_->worker || impl_->in_flight || pixels.isEmpty() || !isVisible()) return;
  impl_->wanted = false;
  impl_->in_flight = true;
  impl_->worker->render(next_frame(), pixels);
}

void VtkWidget::take_picture(const QImage& picture, double milliseconds) {
  impl_->in_flight = false;
  if (picture.isNull()) {
    impl_->worker.reset();
    impl_->reason = tr("OpenGL stopped working.");
    update();
    return;
  }
  impl_->picture = picture;
  ++impl_->count;
  impl_->last_ms = milliseconds;
  update();
  Q_EMIT rendered();
  if (impl_->wanted) request_render();
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
