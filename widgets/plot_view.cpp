#include "widgets/plot_view.h"

#include "widgets/plot_legend.h"
#include "widgets/plot_style.h"
#include "widgets/qcustomplot_header.h"
#include "widgets/theme.h"

#include <QApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace halfwave::widgets {
namespace {

constexpr int replot_interval_ms = 66;  // for new data
constexpr int view_interval_ms = 16;    // while a person zooms or pans
constexpr double wheel_factor = 0.85;
constexpr int legend_width = 96;

QString readout_html(const QString& title, const QVector<ReadoutRow>& rows) {
  QString html =
      QStringLiteral("<b>%1</b><table cellspacing='0' cellpadding='1'>").arg(title.toHtmlEscaped());
  for (const auto& row : rows)
    html += QStringLiteral(
                "<tr><td><span style='color:%1'>■</span>&nbsp;</td><td>%2&nbsp;&nbsp;</td>"
                "<td align='right'>%3</td></tr>")
                .arg(row.colour.name(), row.name.toHtmlEscaped().replace(u'\n', QStringLiteral("<br>")),
                     row.value.toHtmlEscaped());
  return html + QStringLiteral("</table>");
}

}  // namespace

PlotView::PlotView(QWidget* parent) : QWidget(parent) {
  plot_ = new QCustomPlot(this);
  plot_->setFocusPolicy(Qt::StrongFocus);
  plot_->setInteraction(QCP::iRangeDrag);
  plot_->setNoAntialiasingOnDrag(true);
  plot_->setAutoAddPlottableToLegend(false);
  plot_->setMouseTracking(true);
  plot_->setMinimumHeight(120);
  plot_->installEventFilter(this);
  plot_->axisRect()->setMinimumMargins({8, 8, 12, 4});
  plot_->setAccessibleDescription(
      tr("Arrow keys pan, plus and minus zoom, Home shows everything. Wheel zooms, drag pans, double click "
         "resets."));

  plot_->addLayer(QStringLiteral("cursor"), plot_->layer(QStringLiteral("overlay")), QCustomPlot::limBelow);
  plot_->layer(QStringLiteral("cursor"))->setMode(QCPLayer::lmBuffered);
  plot_->addLayer(QStringLiteral("behind"), plot_->layer(QStringLiteral("main")), QCustomPlot::limBelow);
  cursor_ = new QCPItemStraightLine(plot_);
  cursor_->setLayer(QStringLiteral("cursor"));
  cursor_->setVisible(false);

  readout_label_ = new QLabel(plot_);
  readout_label_->setObjectName(QStringLiteral("plot_readout"));
  readout_label_->setAttribute(Qt::WA_TransparentForMouseEvents);
  readout_label_->setTextFormat(Qt::RichText);
  readout_label_->setAutoFillBackground(true);
  readout_label_->setFrameShape(QFrame::StyledPanel);
  readout_label_->setMargin(4);
  readout_label_->hide();

  hint_ = new QLabel(plot_);
  hint_->setAttribute(Qt::WA_TransparentForMouseEvents);
  hint_->setAlignment(Qt::AlignCenter);
  hint_->setWordWrap(true);
  hint_->hide();

  legend_ = new PlotLegend(this);
  legend_->setMinimumWidth(legend_width);  // long names give way, not the buttons beside them
  connect(legend_, &PlotLegend::changed, this, [this] {
    keep();
    schedule_replot();
  });

  make_menu();
  reset_button_ = new QToolButton(this);
  reset_button_->setText(tr("Fit"));
  reset_button_->setAutoRaise(true);
  reset_button_->setToolTip(tr("Show all of the data and follow it (Home, or double click in the plot)."));
  connect(reset_button_, &QToolButton::clicked, this, &PlotView::reset_view);
  tools_ = new QHBoxLayout;
  tools_->setSpacing(2);
  tools_->addWidget(reset_button_);
  tools_->addWidget(menu_button_);

  auto* top = new QHBoxLayout;
  top->setContentsMargins(spacing, spacing_small, spacing, spacing_small);
  top->setSpacing(spacing);
  top->addWidget(legend_, 1, Qt::AlignTop);
  top->addLayout(tools_);
  top->setAlignment(tools_, Qt::AlignTop);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(0);
  layout->addLayout(top);
  layout->addWidget(plot_, 1);
  setFocusProxy(plot_);

  connect(&theme_notifier(), &ThemeNotifier::changed, this, [this] {
    if (isVisible()) restyle();
  });
  timer_.setSingleShot(true);
  timer_.setTimerType(Qt::PreciseTimer);
  connect(&timer_, &QTimer::timeout, this, &PlotView::replot_now);
  const auto moved = [this](const QCPRange&) {
    if (!replotting_) schedule_view_replot();
  };
  connect(plot_->xAxis, qOverload<const QCPRange&>(&QCPAxis::rangeChanged), this, moved);
  connect(plot_->yAxis, qOverload<const QCPRange&>(&QCPAxis::rangeChanged), this, moved);
}

PlotView::~PlotView() = default;

void PlotView::reset_view() {
  follows_ = true;
  reset_button_->setEnabled(false);
  schedule_view_replot();
  Q_EMIT view_reset();
}

void PlotView::stop_following() {
  follows_ = false;
  reset_button_->setEnabled(true);
}

void PlotView::add_tool(QToolButton* button) {
  button->setAutoRaise(true);
  tools_->insertWidget(0, button);
  setTabOrder(button, reset_button_);
}

void PlotView::add_below(QWidget* widget) {
  layout()->addWidget(widget);
}

void PlotView::set_hint(const QString& text) {
  hint_->setText(text);
  hint_->setVisible(!text.isEmpty());
  hint_->setGeometry(plot_->rect().adjusted(72, 8, -24, -48));
}

void PlotView::schedule_replot() {
  replot_within(replot_interval_ms);
}

void PlotView::schedule_view_replot() {
  replot_within(view_interval_ms);
}

void PlotView::replot_within(int interval_ms) {
  dirty_ = true;
  if (!isVisible()) return;
  const qint64 waited = since_replot_.isValid() ? since_replot_.elapsed() : interval_ms;
  const int left = static_cast<int>(std::clamp<qint64>(interval_ms - waited, 0, interval_ms));
  if (!timer_.isActive() || timer_.remainingTime() > left) timer_.start(left);
}

void PlotView::replot_now() {
  replotting_ = true;
  dirty_ = false;
  since_replot_.start();
  if (follows_) fit_axes();
  update_plottables();
  replotting_ = false;
  plot_->replot(QCustomPlot::rpQueuedReplot);
  if (cursor_shown_) show_cursor(cursor_position_);
}

void PlotView::restyle() {
  style_plot(*plot_);
  schedule_replot();
  const auto& colours = theme_colours();
  cursor_->setPen(curve_pen(colours.muted_text, 1, Qt::DotLine));
  QPalette label = palette();
  label.setColor(QPalette::WindowText, colours.muted_text);
  hint_->setPalette(label);
  QPalette box = palette();
  QColor ground = colours.panel;
  ground.setAlphaF(0.94f);
  box.setColor(QPalette::Window, ground);
  box.setColor(QPalette::WindowText, colours.text);
  readout_label_->setPalette(box);
  apply_colours();
}

void PlotView::zoom(const QPointF& position, double factor, bool x, bool y) {
  stop_following();
  const auto scale = [&](QCPAxis* axis, double pixel) {
    const QCPRange before = axis->range();
    axis->scaleRange(factor, axis->pixelToCoord(pixel));
    if (!QCPRange::validRange(axis->range()) || !(axis->range().size() > 0)) axis->setRange(before);
  };
  if (x) scale(plot_->xAxis, position.x());
  if (y) scale(plot_->yAxis, position.y());
  schedule_view_replot();
}

void PlotView::show_cursor(const QPoint& position) {
  const QRect area = plot_->axisRect()->rect();
  if (!area.contains(position)) {
    hide_cursor();
    return;
  }
  cursor_position_ = position;
  const double x = plot_->xAxis->pixelToCoord(position.x());
  QString title;
  readout_ = values_at(x, title);
  cursor_shown_ = true;
  cursor_->setVisible(true);
  cursor_->point1->setCoords(x, plot_->yAxis->range().lower);
  cursor_->point2->setCoords(x, plot_->yAxis->range().upper);
  plot_->layer(QStringLiteral("cursor"))->replot();
  if (readout_.isEmpty()) {
    readout_label_->hide();
    return;
  }
  readout_label_->setText(readout_html(title, readout_));
  readout_label_->adjustSize();
  const int gap = 12;
  int left = position.x() + gap;
  if (left + readout_label_->width() > area.right()) left = position.x() - gap - readout_label_->width();
  left = std::clamp(left, area.left() + 2, std::max(area.left() + 2, area.right() - readout_label_->width()));
  const int top = std::clamp(position.y() - readout_label_->height() - gap, 2,
                             std::max(2, plot_->height() - readout_label_->height() - 2));
  readout_label_->move(left, top);
  readout_label_->show();
}

void PlotView::hide_cursor() {
  readout_.clear();
  readout_label_->hide();
  if (!cursor_shown_) return;
  cursor_shown_ = false;
  cursor_->setVisible(false);
  plot_->layer(QStringLiteral("cursor"))->replot();
}

bool PlotView::eventFilter(QObject* watched, QEvent* event) {
  if (watched != plot_) return QWidget::eventFilter(watched, event);
  switch (event->type()) {
    case QEvent::Wheel: {
      auto* wheel = static_cast<QWheelEvent*>(event);
      const QPointF position = wheel->position();
      const double notches = (wheel->angleDelta().y() + wheel->angleDelta().x()) / 120.0;
      if (notches == 0.0) return true;
      const bool over_x_axis = position.y() > plot_->axisRect()->bottom();
      const bool over_y_axis = position.x() < plot_->axisRect()->left();
      const bool x_only = wheel->modifiers().testFlag(Qt::ControlModifier) || over_x_axis;
      const bool y_only = wheel->modifiers().testFlag(Qt::ShiftModifier) || over_y_axis;
      zoom(position, std::pow(wheel_factor, notches), x_only || !y_only, y_only || !x_only);
      wheel->accept();
      return true;
    }
    case QEvent::MouseMove: {
      auto* mouse = static_cast<QMouseEvent*>(event);
      if (mouse->buttons().testFlag(Qt::LeftButton)) {
        stop_following();
        hide_cursor();
      } else {
        show_cursor(mouse->pos());
      }
      break;
    }
    case QEvent::MouseButtonDblClick:
      reset_view();
      return true;
    case QEvent::Leave:
      hide_cursor();
      break;
    case QEvent::KeyPress:
      keyPressEvent(static_cast<QKeyEvent*>(event));
      return event->isAccepted();
    case QEvent::Resize:
      hint_->setGeometry(plot_->rect().adjusted(72, 8, -24, -48));
      schedule_replot();
      break;
    default:
      break;
  }
  return QWidget::eventFilter(watched, event);
}

void PlotView::keyPressEvent(QKeyEvent* event) {
  const QRect area = plot_->axisRect()->rect();
  const auto pan = [&](QCPAxis* axis, double share) {
    stop_following();
    if (axis->scaleType() == QCPAxis::stLogarithmic) {
      const double factor = std::pow(axis->range().upper / axis->range().lower, share);
      axis->setRange(axis->range().lower * factor, axis->range().upper * factor);
    } else {
      axis->moveRange(axis->range().size() * share);
    }
  };
  switch (event->key()) {
    case Qt::Key_Home:
      reset_view();
      break;
    case Qt::Key_Plus:
    case Qt::Key_Equal:
      zoom(area.center(), wheel_factor, true, true);
      break;
    case Qt::Key_Minus:
      zoom(area.center(), 1 / wheel_factor, true, true);
      break;
    case Qt::Key_Left:
      pan(plot_->xAxis, -0.1);
      break;
    case Qt::Key_Right:
      pan(plot_->xAxis, 0.1);
      break;
    case Qt::Key_Up:
      pan(plot_->yAxis, 0.1);
      break;
    case Qt::Key_Down:
      pan(plot_->yAxis, -0.1);
      break;
    default:
      event->ignore();
      return;
  }
  event->accept();
}

void PlotView::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::FontChange && isVisible()) restyle();
}

void PlotView::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  restyle();
  reset_button_->setEnabled(!follows_);
  replot_now();
}

}  // namespace halfwave::widgets
