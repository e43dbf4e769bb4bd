#pragma once

#include <QString>

class QWidget;

namespace halfwave::lab {

/// What Halfwave is, its version and those of its parts with their licences.
void show_about(QWidget* parent);
QString about_text();

}  // namespace halfwave::lab
