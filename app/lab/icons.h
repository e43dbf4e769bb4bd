#pragma once

#include <QIcon>
#include <QString>

namespace halfwave::lab {

/// An icon of resources/icons that follows the palette's text colour, also when the theme changes later.
QIcon themed_icon(const QString& name);

}  // namespace halfwave::lab
