#pragma once

#include "core/experiment/schema.h"

#include <QString>

#include <string>

namespace halfwave::widgets {

/// What a person types in a field, as the JSON text of its value. Forgiving where nothing can be mistaken:
/// `16 x 16` and `16, 16` are lists, `.5` and `1.5e-3` are numbers. Throws FieldError when it is no such
/// value.
std::string json_from_text(const FieldInfo& info, const QString& text);

/// The JSON text of a value as a person would type it.
QString text_from_json(const FieldInfo& info, const std::string& json);

/// What a field takes, for its tooltip: `1 to 64 blocks`; empty when anything goes.
QString range_text(const FieldInfo& info);

}  // namespace halfwave::widgets
