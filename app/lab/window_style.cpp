#include "app/lab/window_style.h"

#include "widgets/theme.h"

#include <QColor>

namespace halfwave::lab {
namespace {

QColor mixed(const QColor& a, const QColor& b, double share_of_b) {
  const auto mix = [share_of_b](int x, int y) { return static_cast<int>(x + (y - x) * share_of_b); };
  return {mix(a.red(), b.red()), mix(a.green(), b.green()), mix(a.blue(), b.blue())};
}

}  // namespace

QString window_style_sheet() {
  const auto& c = widgets::theme_colours();
  QString sheet = QStringLiteral(R"(
QToolBar { border: none; border-bottom: 1px solid %border; spacing: 4px; padding: 4px 8px; }
QToolBar QToolButton { padding: 4px 10px; border: 1px solid transparent; border-radius: 4px; }
QToolBar QToolButton:hover:enabled { background: %hover; border-color: %border; }
QToolBar QToolButton:pressed { background: %border; }
QToolBar QToolButton#run_button:enabled { background: %go; border-color: %go_border; font-weight: 600; }
halfwave--lab--MessageBar { border: none; border-bottom: 1px solid %border; }
halfwave--lab--MessageBar[kind="information"] { background: %information; }
halfwave--lab--MessageBar[kind="warning"] { background: %warning; }
halfwave--lab--MessageBar[kind="error"] { background: %error; }
QLabel#toolbar_problem { color: %warning_text; }
QStatusBar QLabel { padding: 2px 0; }
)");
  const double tint = c.dark ? 0.28 : 0.14;
  const std::pair<const char*, QColor> colours[] = {
      {"%border", c.border},
      {"%hover", mixed(c.window, c.accent, 0.12)},
      {"%go_border", mixed(c.window, c.good, 0.55)},
      {"%go", mixed(c.window, c.good, c.dark ? 0.22 : 0.13)},
      {"%information", mixed(c.panel, c.accent, tint)},
      {"%warning_text", c.warning},
      {"%warning", mixed(c.panel, c.warning, tint)},
      {"%error", mixed(c.panel, c.bad, tint)},
  };
  for (const auto& [name, colour] : colours) sheet.replace(QLatin1String(name), colour.name());
  return sheet;
}

}  // namespace halfwave::lab
