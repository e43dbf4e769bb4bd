#pragma once

#include <QIcon>
#include <QPen>

namespace halfwave::widgets {

/// Eight colours, each in four dashes.
inline constexpr int run_pen_count = 32;

/// Colour and dash by which a recorded run is known in the table of runs and in plots; counted round.
QPen run_pen(int colour, double width = 2.0);

/// A short piece of that line, for lists and menus; a selected row does not tint it.
QIcon run_key(int colour, double ratio);

}  // namespace halfwave::widgets
