#pragma once

#include "widgets/theme.h"

namespace halfwave::widgets {
class FieldPanel;
}

namespace halfwave::lab {

/// The theme of the last start; what the desktop has before the first choice.
widgets::Theme remembered_theme();
void apply_and_remember_theme(widgets::Theme theme);

/// How fields are drawn: picture or surface, colour map, kind of error.
void save_field_settings(const widgets::FieldPanel& fields);
void restore_field_settings(widgets::FieldPanel& fields);

}  // namespace halfwave::lab
