#pragma once

#include "core/precision/policy.h"

#include <QColor>
#include <QPixmap>
#include <QString>

#include <string>

class QPainter;
class QRectF;

namespace halfwave::widgets {

/// The colour that stands for a format, at full strength: Okabe and Ito's, by format and not by place, so
/// that they mean the same in every table.
QColor format_key_colour(Format format);
/// The same as a ground that the theme's text can be read on.
QColor format_colour(Format format);

/// The colour of a preset: that of the format it is known for.
QColor policy_key_colour(const std::string& preset);
QColor policy_colour(const std::string& preset);
/// Fills `area` with a preset's colour; hatched when cells of it are edited.
void fill_policy(QPainter& painter, const QRectF& area, const std::string& preset, bool edited);

/// A phase's name in the middle of its area, on a ground that it can be read on; left out where it has no
/// room.
void draw_policy_name(QPainter& painter, const QRectF& area, const QString& name, const QColor& ink);

/// A small box in that colour, for menus and lists, with a character or two in it.
QPixmap colour_swatch(const QColor& ground, const QColor& key, const QString& text = {});

}  // namespace halfwave::widgets
