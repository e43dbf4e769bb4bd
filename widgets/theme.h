#pragma once

#include <QApplication>
#include <QColor>
#include <QObject>
#include <QString>

#include <cstddef>
#include <vector>

namespace halfwave::widgets {

/// Which palette the programs wear. `system` takes light or dark from the desktop's palette at start.
enum class Theme { light, dark, system };

/// Colours for what is drawn by hand (plots, VTK views, table cells); widgets take theirs from QPalette.
struct ThemeColours {
  bool dark = false;
  QColor window;           ///< behind panels
  QColor panel;            ///< inside lists, fields and tables
  QColor text;             ///< ordinary text
  QColor muted_text;       ///< hints, units, secondary labels
  QColor border;           ///< frames and separators
  QColor accent;           ///< selection, focus, the main button
  QColor plot_background;  ///< inside the axes of plots and behind VTK scenes
  QColor plot_grid;
  QColor plot_axis;           ///< axis lines and ticks
  QColor plot_text;           ///< tick labels, titles, legends
  QColor good, warning, bad;  ///< states; never the only carrier of a message
};

/// Tells when the theme has changed, after palette and style sheet are in place.
class ThemeNotifier : public QObject {
  Q_OBJECT
 Q_SIGNALS:
  void changed();

 private:
  ThemeNotifier() = default;
  friend ThemeNotifier& theme_notifier();
};
ThemeNotifier& theme_notifier();

/// Sets style (Fusion), palette, font size and style sheet of the whole program, then emits
/// `theme_notifier().changed()`.
void apply_theme(QApplication& application, Theme theme);

/// The theme that was asked for last, and what is in force. Light until `apply_theme` is called.
Theme current_theme();
const ThemeColours& theme_colours();

/// Colours of curves, one a series, in order of use. Eight that stay apart for colour-blind readers
/// (Okabe and Ito 2008), lightened or darkened to stand out from the theme's plot background.
const std::vector<QColor>& series_colours();
/// The same, counted round.
QColor series_colour(std::size_t index);

/// `light`, `dark`, `system` for settings files; an unknown name is `system`.
QString theme_name(Theme theme);
Theme theme_from_name(const QString& name);

/// Marks an input whose value is wrong: red on a red tint, and `problem` as tooltip; an empty sentence clears
/// it.
void mark_problem(QWidget& widget, const QString& problem);

/// Distances in pixels; everything is spaced in multiples of four.
inline constexpr int spacing_small = 4;
inline constexpr int spacing = 8;
inline constexpr int spacing_large = 16;

}  // namespace halfwave::widgets
