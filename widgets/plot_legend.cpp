#include "widgets/plot_legend.h"

#include "widgets/flow_layout.h"
#include "widgets/theme.h"

#include <QGuiApplication>
#include <QIcon>
#include <QPainter>

namespace halfwave::widgets {
namespace {

void draw_key(QPainter& painter, const LegendKey& look) {
  if (look.fill.isValid()) {
    painter.setPen(QPen(look.pen.color(), 1));
    painter.setBrush(look.fill);
    painter.drawRoundedRect(QRectF(3.5, 1.5, 11, 9), 2, 2);
  } else {
    painter.setPen(look.pen);
    painter.drawLine(QPointF(1, 6), QPointF(17, 6));
  }
}

QPixmap swatch(const LegendKey& look, double opacity, qreal ratio) {
  QPixmap pixmap(QSize(20, 12) * ratio);
  pixmap.setDevicePixelRatio(ratio);
  pixmap.fill(Qt::transparent);
  QPainter painter(&pixmap);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setOpacity(opacity);
  draw_key(painter, look);
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
    if (later_.contains(key)) show_off(*button, true);
  }
  looks_[key] = look;
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

void PlotLegend::show_off(QToolButton& button, bool off) {
  button.setChecked(!off);
  QFont font = button.font();
  font.setStrikeOut(off);
  button.setFont(font);
}

QStringList PlotLegend::hidden() const {
  QStringList keys;
  for (const auto& [key, button] : buttons_)
    if (!button->isChecked()) keys << key;
  for (const QString& key : later_)
    if (!buttons_.count(key)) keys << key;
  return keys;
}

void PlotLegend::set_hidden(const QStringList& keys) {
  later_ = keys;
  for (const auto& [key, button] : buttons_) show_off(*button, keys.contains(key));
  Q_EMIT changed();
}

int PlotLegend::draw(QPainter& painter, int width) const {
  constexpr int margin = spacing, key_width = 22;
  const QFontMetrics metrics = painter.fontMetrics();
  const int line = metrics.height() + spacing_small;
  int x = margin, y = spacing_small;
  bool any = false;
  for (const auto& [key, button] : buttons_) {
    if (!button->isChecked()) continue;
    const int needed = key_width + metrics.horizontalAdvance(button->text()) + margin;
    if (any && x + needed > width) {
      x = margin;
      y += line;
    }
    any = true;
    painter.save();
    painter.translate(x, y + (metrics.height() - 12) / 2.0);
    draw_key(painter, looks_.at(key));
    painter.restore();
    painter.setPen(theme_colours().plot_text);
    painter.drawText(x + key_width, y + metrics.ascent(), button->text());
    x += needed;
  }
  return any ? y + line : 0;
}

void PlotLegend::remove_entry(const QString& key) {
  const auto found = buttons_.find(key);
  if (found == buttons_.end()) return;
  delete found->second;
  looks_.erase(key);
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
    if (button->isChecked()) later_.removeAll(other);
  }
  Q_EMIT changed();
}

}  // namespace halfwave::widgets
