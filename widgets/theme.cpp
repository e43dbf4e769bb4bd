#include "widgets/theme.h"

#include <QEvent>
#include <QFont>
#include <QPalette>
#include <QStyle>
#include <QStyleFactory>
#include <QWidget>

#include <optional>

namespace halfwave::widgets {
namespace {

ThemeColours light_colours() {
  ThemeColours c;
  c.dark = false;
  c.window = QColor(0xf3f4f6);
  c.panel = QColor(0xffffff);
  c.text = QColor(0x1b2430);
  c.muted_text = QColor(0x566171);
  c.border = QColor(0xc9d0d9);
  c.accent = QColor(0x0f62ac);
  c.plot_background = QColor(0xffffff);
  c.plot_grid = QColor(0xe3e7ec);
  c.plot_axis = QColor(0x7b8695);
  c.plot_text = QColor(0x2a3442);
  c.good = QColor(0x00734f);
  c.warning = QColor(0x9a5b00);
  c.bad = QColor(0xb3261e);
  return c;
}

ThemeColours dark_colours() {
  ThemeColours c;
  c.dark = true;
  c.window = QColor(0x20252c);
  c.panel = QColor(0x181c22);
  c.text = QColor(0xe4e8ee);
  c.muted_text = QColor(0xa1abb9);
  c.border = QColor(0x3b434e);
  c.accent = QColor(0x4c9be8);
  c.plot_background = QColor(0x14181d);
  c.plot_grid = QColor(0x2b323b);
  c.plot_axis = QColor(0x7c8796);
  c.plot_text = QColor(0xd5dbe3);
  c.good = QColor(0x4cc79a);
  c.warning = QColor(0xf0ad4e);
  c.bad = QColor(0xff7b72);
  return c;
}

struct State {
  Theme asked = Theme::light;
  ThemeColours colours = light_colours();
  std::optional<bool> desktop_is_dark;
};

State& state() {
  static State s;
  return s;
}

bool desktop_is_dark(const QApplication& application) {
  if (qEnvironmentVariable("GTK_THEME").endsWith(QStringLiteral("dark"), Qt::CaseInsensitive)) return true;
  return application.palette().color(QPalette::Window).lightness() < 128;
}

QColor button_colour(const ThemeColours& c) {
  return c.dark ? QColor(0x2b323b) : QColor(0xfbfcfd);
}
QColor disabled_colour(const ThemeColours& c) {
  return c.dark ? QColor(0x6c7684) : QColor(0x99a2ae);
}
QColor on_accent_colour(const ThemeColours& c) {
  return c.dark ? QColor(0x0c1116) : QColor(0xffffff);
}

QPalette make_palette(const ThemeColours& c) {
  const QColor button = button_colour(c);
  const QColor disabled = disabled_colour(c);
  QPalette p;
  p.setColor(QPalette::Window, c.window);
  p.setColor(QPalette::WindowText, c.text);
  p.setColor(QPalette::Base, c.panel);
  p.setColor(QPalette::AlternateBase, c.dark ? QColor(0x1e232a) : QColor(0xf7f8fa));
  p.setColor(QPalette::Text, c.text);
  p.setColor(QPalette::PlaceholderText, c.muted_text);
  p.setColor(QPalette::Button, button);
  p.setColor(QPalette::ButtonText, c.text);
  p.setColor(QPalette::BrightText, c.bad);
  p.setColor(QPalette::ToolTipBase, c.dark ? QColor(0x2b323b) : QColor(0xfffef2));
  p.setColor(QPalette::ToolTipText, c.text);
  p.setColor(QPalette::Link, c.accent);
  p.setColor(QPalette::LinkVisited, c.accent);
  p.setColor(QPalette::Highlight, c.accent);
  p.setColor(QPalette::HighlightedText, on_accent_colour(c));
  p.setColor(QPalette::Light, c.dark ? QColor(0x3b434e) : QColor(0xffffff));
  p.setColor(QPalette::Midlight, c.dark ? QColor(0x323943) : QColor(0xe9ecf0));
  p.setColor(QPalette::Mid, c.border);
  p.setColor(QPalette::Dark, c.dark ? QColor(0x11151a) : QColor(0xaab2bd));
  p.setColor(QPalette::Shadow, c.dark ? QColor(0x080a0d) : QColor(0x76808d));
  for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
    p.setColor(QPalette::Disabled, role, disabled);
  p.setColor(QPalette::Disabled, QPalette::Base, c.window);
  p.setColor(QPalette::Disabled, QPalette::Highlight, c.border);
  return p;
}

// Only what Fusion leaves bare: frames, headers and gaps. Sizes are multiples of four.
QString make_style_sheet(const ThemeColours& c) {
  QString sheet = QStringLiteral(R"(
QToolTip { border: 1px solid %border; padding: 4px; }
QGroupBox { border: 1px solid %border; border-radius: 4px; margin-top: 20px; padding: 8px; }
QGroupBox::title { subcontrol-origin: margin; subcontrol-position: top left; left: 2px; padding: 0 4px;
  color: %muted; font-weight: 600; }
QDockWidget { titlebar-close-icon: none; font-weight: 600; }
QDockWidget::title { padding: 6px 8px; background: %window; border-bottom: 1px solid %border; }
QMainWindow::separator { background: %border; width: 1px; height: 1px; }
QMainWindow::separator:hover { background: %accent; }
QHeaderView::section { background: %window; color: %muted; border: none; border-right: 1px solid %border;
  border-bottom: 1px solid %border; padding: 4px 8px; }
QTableView { gridline-color: %border; border: 1px solid %border; }
QScrollArea { border: none; }
QStatusBar { border-top: 1px solid %border; }
QStatusBar::item { border: none; }
QProgressBar { border: 1px solid %border; border-radius: 4px; background: %panel; text-align: center;
  min-height: 16px; }
QProgressBar::chunk { background: %accent; border-radius: 3px; }
QToolButton[segment="true"] { border: 1px solid %border; border-radius: 4px; padding: 3px 10px;
  background: %button; }
QToolButton[segment="true"]:hover { border-color: %accent; }
QToolButton[segment="true"]:checked { background: %accent; border-color: %accent; color: %on_accent; }
QToolButton[segment="true"]:focus { border-color: %accent; }
QToolButton[segment="true"]:disabled { color: %disabled; }
QToolButton[segment="true"]:checked:disabled { background: %border; border-color: %border; }
QLabel[role="hint"] { color: %muted; }
QLabel[role="title"] { font-weight: 600; }
QLabel[role="problem"] { color: %bad; }
QLineEdit[problem="true"], QAbstractSpinBox[problem="true"], QComboBox[problem="true"] {
  color: %bad; background-color: %problem; }
)");
  sheet.replace(QStringLiteral("%border"), c.border.name());
  sheet.replace(QStringLiteral("%button"), button_colour(c).name());
  sheet.replace(QStringLiteral("%disabled"), disabled_colour(c).name());
  sheet.replace(QStringLiteral("%on_accent"), on_accent_colour(c).name());
  sheet.replace(QStringLiteral("%muted"), c.muted_text.name());
  sheet.replace(QStringLiteral("%window"), c.window.name());
  sheet.replace(QStringLiteral("%panel"), c.panel.name());
  sheet.replace(QStringLiteral("%accent"), c.accent.name());
  sheet.replace(QStringLiteral("%bad"), c.bad.name());
  sheet.replace(QStringLiteral("%problem"), c.dark ? QStringLiteral("#3a1f21") : QStringLiteral("#fdecea"));
  return sheet;
}

}  // namespace

ThemeNotifier& theme_notifier() {
  static ThemeNotifier notifier;
  return notifier;
}

void apply_theme(QApplication& application, Theme theme) {
  State& s = state();
  if (!s.desktop_is_dark) s.desktop_is_dark = desktop_is_dark(application);
  s.asked = theme;
  const bool dark = theme == Theme::dark || (theme == Theme::system && *s.desktop_is_dark);
  s.colours = dark ? dark_colours() : light_colours();

  if (application.style()->objectName() != QStringLiteral("fusion"))
    QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
  QApplication::setPalette(make_palette(s.colours));
  application.setStyleSheet(make_style_sheet(s.colours));
  Q_EMIT theme_notifier().changed();
}

Theme current_theme() {
  return state().asked;
}
const ThemeColours& theme_colours() {
  return state().colours;
}

const std::vector<QColor>& series_colours() {
  // Okabe and Ito's eight without black; on white, yellow and sky blue are darkened to keep a contrast of
  // 3:1.
  static const std::vector<QColor> on_light = {QColor(0x0072b2), QColor(0xd55e00), QColor(0x008a66),
                                               QColor(0xb5588f), QColor(0x2b93c8), QColor(0xb98200),
                                               QColor(0x3a3f47), QColor(0x8f8a00)};
  static const std::vector<QColor> on_dark = {QColor(0x56b4e9), QColor(0xf0803c), QColor(0x2fc79a),
                                              QColor(0xdf95c2), QColor(0x4a90d9), QColor(0xe6a817),
                                              QColor(0xd9dee5), QColor(0xf0e442)};
  return theme_colours().dark ? on_dark : on_light;
}

QColor series_colour(std::size_t index) {
  return series_colours()[index % series_colours().size()];
}

QString theme_name(Theme theme) {
  switch (theme) {
    case Theme::light:
      return QStringLiteral("light");
    case Theme::dark:
      return QStringLiteral("dark");
    case Theme::system:
      break;
  }
  return QStringLiteral("system");
}

Theme theme_from_name(const QString& name) {
  for (const Theme theme : {Theme::light, Theme::dark})
    if (theme_name(theme) == name) return theme;
  return Theme::system;
}

void mark_problem(QWidget& widget, const QString& problem) {
  const bool wrong = !problem.isEmpty();
  if (!widget.property("plain_tooltip").isValid()) widget.setProperty("plain_tooltip", widget.toolTip());
  widget.setToolTip(wrong ? problem : widget.property("plain_tooltip").toString());
  if (widget.property("problem").toBool() == wrong) return;
  widget.setProperty("problem", wrong);
  widget.style()->unpolish(&widget);
  widget.style()->polish(&widget);
  widget.update();
}

}  // namespace halfwave::widgets
