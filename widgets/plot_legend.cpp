#include "widgets/plot_legend.h"

#include "widgets/flow_layout.h"
#include "widgets/theme.h"

#include <QGuiApplication>
#include <QIcon>
#include <QPainter>

namespace halfwave::widgets {
namespace {

QPixmap swatch(const LegendKey& look, double opacity, qreal ratio) {
  QPixmap pixmap(QSize(20, 12) * ratio);
  pixmap.setDevicePixelRatio(ratio);
  pixmap.fill(Qt::transparent);
  QPainter painter(&pixmap);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setOpacity(opacity);
  if (look.fill.isValid()) {
    painter.setPen(QPen(look.pen.color(), 1));
    painter.setBrush(look.fill);
    painter.drawRoundedRect(QRectF(3.5, 1.5, 11, 9), 2, 2);
  } else {
    painter.setPen(look.pen);
    painter.drawLine(QPointF(1, 6), QPointF(17, 6));
  }
  return pixmap;
}

}  // namespace

PlotLegend::PlotLegend(QWidget* parent) : QWidget(parent) {
  setLayout(new FlowLayout(this, 2));
  QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Minimum);
  policy.setHeightForWidth(true);
  setSizePolicy(policy);
  setAccessibleName(tr("Curves"));
  restyle();
  connect(&theme_notifier(), &ThemeNotifier::changed, this, &PlotLegend::restyle);
}

void PlotLegend::restyle() {
  const auto& colours = theme_colours();
  setStyleSheet(
      QStringLiteral("QToolButton { border: 1px solid transparent; border-radius: 3px; padding: 0 3px 0 1px;"
                     " color: %1; background: transparent; }"
                     "QToolButton:!checked { color: %2; }"
                     "QToolButton:hover { border-color: %3; }"
                     "QToolButton:focus { border-color: %4; }")
          .arg(colours.text.name(), colours.muted_text.name(), colours.border.name(), colours.accent.name()));
}

void PlotLegend::set_entry(const QString& key, const QString& text, const LegendKey& look,
                           const QString& tip) {
  auto& button = buttons_[key];
  if (!button) {
    button = new QToolButton(this);
    button->setCheckable(true);
    button->setChecked(true);
    button->setAutoRaise(true);
    button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    button->setFocusPolicy(Qt::TabFocus);
    button->setIconSize({20, 12});
    layout()->addWidget(button);
    connect(button, &QToolButton::clicked, this, [this, key] { clicked(key); });
  }
  QIcon icon;
  const qreal ratio = devicePixelRatioF();
  icon.addPixmap(swatch(look, 1.0, ratio), QIcon::Normal, QIcon::On);
  icon.addPixmap(swatch(look, 0.3, ratio), QIcon::Normal, QIcon::Off);
  button->setIcon(icon);
  button->setText(text);
  button->setAccessibleName(text);
  button->setToolTip((tip.isEmpty() ? QString() : tip + u'\n') +
                     tr("Click to hide or show, Shift+click to show only this."));
}

void PlotLegend::remove_entry(const QString& key) {
  const auto found = buttons_.find(key);
  if (found == buttons_.end()) return;
  delete found->second;
  buttons_.erase(found);
}

bool PlotLegend::is_on(const QString& key) const {
  const auto found = buttons_.find(key);
  return found == buttons_.end() || found->second->isChecked();
}

QToolButton* PlotLegend::button(const QString& key) const {
  const auto found = buttons_.find(key);
  return found == buttons_.end() ? nullptr : found->second;
}

void PlotLegend::set_on(const QString& key, bool on) {
  auto* found = button(key);
  if (!found || found->isChecked() == on) return;
  found->setChecked(on);
  QFont font = found->font();
  font.setStrikeOut(!on);
  found->setFont(font);
  Q_EMIT changed();
}

void PlotLegend::clicked(const QString& key) {
  const bool solo = QGuiApplication::keyboardModifiers().testFlag(Qt::ShiftModifier);
  for (auto& [other, button] : buttons_) {
    if (solo) button->setChecked(other == key);
    QFont font = button->font();
    font.setStrikeOut(!button->isChecked());
    button->setFont(font);
  }
  Q_EMIT changed();
}

}  // namespace halfwave::widgets
