#pragma once

#include <QString>

namespace halfwave::lab {

/// Style sheet of what only the window has (toolbar, message bar), in the colours of the theme in force.
QString window_style_sheet();

}  // namespace halfwave::lab
