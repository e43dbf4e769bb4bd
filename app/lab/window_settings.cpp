#include "app/lab/window_settings.h"

#include "widgets/field_panel.h"

#include <QApplication>
#include <QSettings>

namespace halfwave::lab {

widgets::Theme remembered_theme() {
  return widgets::theme_from_name(QSettings().value("window/theme").toString());
}

void apply_and_remember_theme(widgets::Theme theme) {
  QSettings().setValue("window/theme", widgets::theme_name(theme));
  widgets::apply_theme(*qApp, theme);
}

void save_field_settings(const widgets::FieldPanel& fields) {
  QSettings settings;
  settings.setValue("fields/surface", fields.mode() == widgets::FieldMode::surface);
  settings.setValue("fields/colour_map", widgets::colour_map_name(fields.colour_map()));
  settings.setValue("fields/signed_error", fields.signed_error());
}

void restore_field_settings(widgets::FieldPanel& fields) {
  // Read whole before anything is set: setting may save.
  const QSettings settings;
  const bool surface = settings.value("fields/surface").toBool();
  const QString map = settings.value("fields/colour_map").toString();
  const bool signed_error = settings.value("fields/signed_error", fields.signed_error()).toBool();
  fields.set_mode(surface ? widgets::FieldMode::surface : widgets::FieldMode::image);
  if (!map.isEmpty()) fields.set_colour_map(widgets::colour_map_from_name(map));
  fields.set_signed_error(signed_error);
}

}  // namespace halfwave::lab
