#include "widgets/schema_text.h"

#include "core/error.h"

#include <QCoreApplication>
#include <QLocale>
#include <QRegularExpression>
#include <QStringList>
#include <nlohmann/json.hpp>

#include <cmath>

namespace halfwave::widgets {
namespace {

QString shortened(const QString& text) {
  return text.size() > 40 ? text.left(40) + u'…' : text;
}

[[noreturn]] void refuse(const FieldInfo& info, const QString& text, const QString& wanted) {
  const QString problem =
      text.isEmpty()
          ? QCoreApplication::translate("SchemaForm", "nothing is typed; %1 is needed").arg(wanted)
          : QCoreApplication::translate("SchemaForm", "“%1” is not %2").arg(shortened(text), wanted);
  throw FieldError(info.path, problem.toStdString());
}

std::string whole_number(const FieldInfo& info, const QString& text) {
  bool ok = false;
  const int value = text.toInt(&ok);
  if (!ok) refuse(info, text, QCoreApplication::translate("SchemaForm", "a whole number"));
  return std::to_string(value);
}

std::string real_number(const FieldInfo& info, const QString& text) {
  bool ok = false;
  const double value = QLocale::c().toDouble(text, &ok);
  if (!ok || !std::isfinite(value))
    refuse(info, text, QCoreApplication::translate("SchemaForm", "a number, such as 0.005 or 5e-3"));
  return nlohmann::json(value).dump();
}

std::string list_of_integers(const FieldInfo& info, const QString& text) {
  static const QRegularExpression separators(QStringLiteral("[\\s,;x×\\[\\]]+"));
  nlohmann::json list = nlohmann::json::array();
  for (const QString& part : text.split(separators, Qt::SkipEmptyParts)) {
    bool ok = false;
    list.push_back(part.toInt(&ok));
    if (!ok)
      refuse(info, part,
             QCoreApplication::translate("SchemaForm", "a whole number; a list looks like 16, 16"));
  }
  if (list.empty()) refuse(info, {}, QCoreApplication::translate("SchemaForm", "a list such as 16, 16"));
  return list.dump();
}

std::string list_of_files(const QString& text) {
  nlohmann::json list = nlohmann::json::array();
  for (const QString& part : text.split(QLatin1Char(';')))
    if (!part.trimmed().isEmpty()) list.push_back(part.trimmed().toStdString());
  return list.dump();
}

}  // namespace

std::string json_from_text(const FieldInfo& info, const QString& text) {
  const QString trimmed = text.trimmed();
  switch (info.kind) {
    case FieldKind::integer:
      return whole_number(info, trimmed);
    case FieldKind::seed: {
      bool ok = false;
      const qulonglong value = trimmed.toULongLong(&ok);
      if (!ok)
        refuse(info, trimmed,
               QCoreApplication::translate("SchemaForm", "a whole number from 0 to 18446744073709551615"));
      return std::to_string(value);
    }
    case FieldKind::number:
      return real_number(info, trimmed);
    case FieldKind::integer_list:
      return list_of_integers(info, trimmed);
    case FieldKind::file_list:
      return list_of_files(trimmed);
    default:
      return nlohmann::json(trimmed.toStdString()).dump();
  }
}

QString text_from_json(const FieldInfo& info, const std::string& json) {
  const auto value = nlohmann::json::parse(json, nullptr, false);
  if (info.kind == FieldKind::integer_list && value.is_array()) {
    QStringList parts;
    for (const auto& element : value) parts << QString::fromStdString(element.dump());
    return parts.join(QStringLiteral(", "));
  }
  if (info.kind == FieldKind::file_list && value.is_array()) {
    QStringList files;
    for (const auto& file : value)
      if (file.is_string()) files << QString::fromStdString(file.get<std::string>());
    return files.join(QStringLiteral("; "));
  }
  if (value.is_string()) return QString::fromStdString(value.get<std::string>());
  QString text = QString::fromStdString(json);
  if (info.kind == FieldKind::number && text.endsWith(QStringLiteral(".0"))) text.chop(2);
  return text;
}

QString range_text(const FieldInfo& info) {
  const auto number = [](double value) { return QLocale::c().toString(value, 'g', 8); };
  const QString unit = info.unit.empty() ? QString() : u' ' + QString::fromStdString(info.unit);
  if (info.minimum && info.maximum && info.above_minimum)
    return QCoreApplication::translate("SchemaForm", "more than %1, at most %2%3")
        .arg(number(*info.minimum), number(*info.maximum), unit);
  if (info.minimum && info.maximum)
    return QCoreApplication::translate("SchemaForm", "%1 to %2%3")
        .arg(number(*info.minimum), number(*info.maximum), unit);
  if (info.minimum)
    return QCoreApplication::translate("SchemaForm", "%1%2 or more").arg(number(*info.minimum), unit);
  return {};
}

}  // namespace halfwave::widgets
